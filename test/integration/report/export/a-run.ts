import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ErrorRecord } from '../../../../src/event/run-event.js'
import type { TraceEntry, TraceHeader } from '../../../../src/event/trace.js'
import { FinishedRun } from '../../../../src/report/export/finished-run.js'
import type { WdioOutput } from '../../../../src/report/wdio/write-wdio-report.js'
import { Story, type Attempt } from '../../../unit/report/events.js'

/** Writes the artifacts of a run into a folder of its own, which `use` sees. */
export async function withRun<T>(
  story: Story,
  files: Record<string, string>,
  use: (run: FinishedRun) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-export-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(directory, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    return await use(new FinishedRun(story.record(), directory))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The output of reports that say nothing. */
export const silent: WdioOutput = { warn: assert.fail, print: assert.fail, color: false }

/** A trace file. */
export function traceOf(...entries: TraceEntry[]): string {
  const header: TraceHeader = {
    type: 'trace',
    version: 1,
    module: 'm',
    file: 'm.ts',
    attempt: 1,
    roles: {},
    dropped: 0,
  }
  return [header, ...entries].map(line => JSON.stringify(line)).join('\n')
}

export const tracePath = 'artifacts/m/1/module/trace.ndjson'

/** Adds the trace of the first attempt of `m`. */
export function addTrace(made: Story, { ref }: Attempt, device = 'pixel-8'): void {
  const of = { attempt: 1, role: 'alice', device, kind: 'trace', name: 'trace.ndjson', bytes: 9 } as const
  made.add({ type: 'artifact', ...of, path: tracePath, ...ref })
}

/**
 * A module of two devices that failed, a flaky one, and a lost one.
 * @param error - of the flaky one
 * @param tell - adds the tests of the first module
 */
export function storyOf(error: ErrorRecord, tell: (attempt: Attempt) => void, hasTrace = true): Story {
  const made = new Story().start('m', 'flaky', 'lost')
  const attempt = made.attempt('m', 1, { alice: 'pixel-8', bob: 'bob' })
  tell(attempt)
  if (hasTrace) addTrace(made, attempt)
  attempt.end('failed')
  made.end('m', 'failed', { lease: 'm-1' })
  made.attempt('flaky').test('falters', { state: 'failed', error }).end('failed')
  made.attempt('flaky', 2).test('falters').end('passed')
  made.end('flaky', 'flaky', { attempts: 2, lease: 'flaky-2' })
  return made.end('lost', 'lost', { reasons: ['no device'] })
}
