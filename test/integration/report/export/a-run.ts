import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TraceEntry, TraceHeader } from '../../../../src/event/trace.js'
import { FinishedRun } from '../../../../src/report/export/finished-run.js'
import type { WdioOutput } from '../../../../src/report/wdio/write-wdio-report.js'
import type { Story } from '../../../unit/report/events.js'

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
