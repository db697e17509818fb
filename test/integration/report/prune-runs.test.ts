import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeIgnoredDirectory } from '../../../src/process/ignored-directory.js'
import { pruneRuns } from '../../../src/report/prune-runs.js'

describe('the reports of earlier runs', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'baton-prune-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const runs = [1, 2, 3, 4].map(day => `2026010${day}-120000-0000000${day}`)
  const add = (run: string, ...files: string[]): void => {
    mkdirSync(path.join(folder, run))
    for (const file of files) writeFileSync(path.join(folder, run, file), '')
  }
  const left = (): string[] => readdirSync(folder).toSorted()
  const day = 24 * 60 * 60 * 1_000

  it('are removed, but for the newest', async () => {
    for (const run of runs) add(run, 'run.json', 'events.ndjson')
    await pruneRuns(folder, 2, Date.now())
    assert.deepEqual(left(), runs.slice(2))
    await pruneRuns(folder, Infinity, Date.now())
    assert.deepEqual(left(), runs.slice(2))
  })

  it('stay if their run may still be going on; a killed one goes after a day', async () => {
    add(runs[0]!, 'events.ndjson')
    add(runs[1]!)
    for (const run of runs.slice(2)) add(run, 'run.json')
    await pruneRuns(folder, 1, Date.now())
    assert.deepEqual(left(), [runs[0], runs[1], runs[3]])
    await pruneRuns(folder, 1, Date.now() + 2 * day)
    assert.deepEqual(left(), [runs[3]])
  })

  it('are the only things that are removed', async () => {
    const own = ['notes', '20260101', '20260101-120000-xyz', 'latest']
    for (const name of [...own, ...runs]) add(name, 'run.json')
    await pruneRuns(folder, 1, Date.now())
    assert.deepEqual(left(), [...own, runs[3]!].toSorted())
    await pruneRuns(path.join(folder, 'missing'), 1, Date.now())
  })

  it('are ignored by git if Baton made their folder', async () => {
    const made = path.join(folder, 'a/b')
    await makeIgnoredDirectory(made)
    assert.equal(readFileSync(path.join(made, '.gitignore'), 'utf8'), '*\n')
    assert.deepEqual(readdirSync(path.join(folder, 'a')), ['b'])
    await makeIgnoredDirectory(folder)
    assert.deepEqual(readdirSync(folder), ['a'])
  })
})
