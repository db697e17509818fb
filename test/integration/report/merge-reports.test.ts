import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rebuildReport } from '../../../src/report/rebuild-report.js'
import { mergeReports } from '../../../src/report/merge/merge-reports.js'
import type { RunRecord } from '../../../src/report/run-record.js'
import { faultsOfJunit, faultsOfRunJson } from '../../support/report-schemas.js'
import { Story } from '../../unit/report/events.js'

const error = { name: 'Error', message: 'no' }
const silent = { event: () => {}, end: () => {} }

/** A run whose module `a` fails; the same ids as in every other run. */
function failed(run: string): Story {
  const made = new Story().start('a', 'b')
  const attempt = made.attempt('a').artifact('alice', 'fails')
  attempt.test('fails', { state: 'failed', error }).end('failed')
  made.end('a', 'failed', { lease: 'a-1' })
  made.attempt('b').test('passes').end('passed')
  return named(made.end('b', 'passed', { lease: 'b-1' }).add({ type: 'run:end', exitCode: 1, durationMs: 900 }), run)
}

/** A later run, in which `a` passes. */
function again(run: string): Story {
  const made = new Story().start('a', 'c')
  made.attempt('a').test('fails').end('passed')
  made.end('a', 'passed', { lease: 'a-1' })
  made.end('c', 'not-run', { reasons: ['stopped'] })
  for (const event of made.add({ type: 'run:end', exitCode: 0, durationMs: 900 }).events) event.at += 60_000
  return named(made, run)
}

function named(story: Story, run: string): Story {
  for (const event of story.events) if (event.type === 'run:start') event.run = run
  return story
}

describe('baton report --merge', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'baton-merge-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function write(name: string, story: Story): Promise<string> {
    const directory = path.join(folder, name)
    await mkdir(path.join(directory, 'artifacts/a/1/fails'), { recursive: true })
    await writeFile(path.join(directory, 'artifacts/a/1/fails/alice-screenshot.png'), name)
    await writeFile(
      path.join(directory, 'events.ndjson'),
      story.events.map(event => `${JSON.stringify(event)}\n`).join(''),
    )
    return directory
  }

  async function merge(...directories: string[]): Promise<RunRecord> {
    const out = path.join(folder, 'out')
    await mergeReports(directories, out, assert.fail)
    await rebuildReport(out, silent, assert.fail)
    const json = await readFile(path.join(out, 'run.json'), 'utf8')
    assert.deepEqual(faultsOfRunJson(json), [])
    assert.deepEqual(await faultsOfJunit(await readFile(path.join(out, 'junit.xml'), 'utf8')), [])
    return JSON.parse(json) as RunRecord
  }

  it('joins shards and later attempts, in any order', async () => {
    const [first, second] = [await write('first', failed('r1')), await write('second', again('r2'))]
    const record = await merge(second, first)
    assert.deepEqual(
      record.modules.map(({ file, verdict, countedAttempts, attempts }) => [
        file,
        verdict,
        countedAttempts,
        attempts.map(({ attempt, verdict }) => `${attempt} ${verdict}`),
      ]),
      [
        ['test/a.ts', 'flaky', 2, ['1 failed', '2 passed']],
        ['test/b.ts', 'passed', 1, ['1 passed']],
        ['test/c.ts', 'not-run', 1, []],
      ],
    )
    // What failed at first has passed, and one module did not run.
    assert.equal(record.exitCode, 3)
    assert.deepEqual(record.options['merged'], ['r1', 'r2'])
    const [file] = record.modules[0]?.attempts[0]?.tests[0]?.artifacts ?? []
    assert.equal(file?.path, 'artifacts/1/a/1/fails/alice-screenshot.png')
    assert.equal(await readFile(path.join(folder, 'out', file?.path ?? ''), 'utf8'), 'first')
  })

  it('keeps a result if a later run did not reach the module', async () => {
    const skipped = named(new Story().start('a').end('a', 'not-run', { reasons: ['stopped'] }), 'r3')
    for (const event of skipped.events) event.at += 60_000
    const record = await merge(await write('first', failed('r1')), await write('third', skipped))
    assert.deepEqual(
      record.modules.map(({ verdict }) => verdict),
      ['failed', 'passed'],
    )
    // The third run has no end.
    assert.equal(record.exitCode, undefined)
  })

  it('takes a run once if a pattern also matches a link to it', async () => {
    const [first, second] = [await write('first', failed('r1')), await write('second', again('r2'))]
    const latest = path.join(folder, 'latest')
    await symlink('second', latest)
    assert.deepEqual((await merge(first, latest, second)).options['merged'], ['r1', 'r2'])
    // CI stores a copy of what a link stands for.
    await rm(latest)
    await cp(second, latest, { recursive: true })
    await rm(path.join(folder, 'out'), { recursive: true })
    assert.deepEqual((await merge(first, latest, second)).options['merged'], ['r1', 'r2'])
    await rm(path.join(folder, 'out'), { recursive: true })
    assert.deepEqual((await merge(first, latest)).options['merged'], ['r1', 'r2'])
  })

  it('refuses the same run twice, a later version, and a folder with a report', async () => {
    const first = await write('first', failed('r1'))
    await assert.rejects(merge(first, await write('copy', failed('r1'))), {
      code: 'BATON_USAGE',
      message: /found run r1 in/,
    })
    const later = failed('r2')
    for (const event of later.events) if (event.type === 'run:start') event.version = 99
    await assert.rejects(merge(first, await write('later', later)), { code: 'BATON_REPORT_UNREADABLE' })
    // Nothing was written by then.
    await merge(first, await write('second', again('r2')))
    await assert.rejects(merge(first), { code: 'BATON_USAGE', message: /without a report/ })
  })
})
