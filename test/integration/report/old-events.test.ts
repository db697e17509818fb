import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageFile } from '../../../src/process/package-root.js'
import { createConsoleReporter } from '../../../src/report/console-reporter.js'
import { rebuildReport } from '../../../src/report/rebuild-report.js'

/** A run of every kind of event, as an earlier Baton wrote it, with the reports that it made of it. */
const recorded = packageFile('test', 'integration', 'report', 'fixtures', 'version-1')

describe('the events of an earlier version of Baton', () => {
  let folder: string
  let shown: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-report-'))
    await mkdir(join(folder, 'run'))
    await copyFile(join(recorded, 'events.ndjson'), join(folder, 'run', 'events.ndjson'))
    const lines: string[] = []
    const write = (text: string): void => void lines.push(text)
    const style = { color: false, verbose: false, cwd: folder, reportDirectory: 'run' }
    await rebuildReport(join(folder, 'run'), createConsoleReporter({ write, ...style }), () => {})
    shown = lines.join('')
  })
  after(() => rm(folder, { recursive: true }))

  const expected = (name: string): Promise<string> => readFile(join(recorded, name), 'utf8')
  const made = (name: string): Promise<string> => readFile(join(folder, 'run', name), 'utf8')

  it('make the same run.json, apart from new fields', async () => {
    const before: unknown = JSON.parse(await expected('run.json'))
    assert.deepEqual(withKeysOf(before, JSON.parse(await made('run.json'))), before)
  })

  it('make the same junit.xml', async () => {
    const junit = (await made('junit.xml')).replaceAll(`${folder}/`, '')
    assert.equal(junit, await expected('junit.xml'))
  })

  it('are shown as before', async () => {
    assert.equal(shown, await expected('console.txt'))
  })
})

/** Without keys of objects that the same objects of `before` don't have. */
function withKeysOf(before: unknown, value: unknown): unknown {
  if (typeof before !== 'object' || before === null || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => withKeysOf(Reflect.get(before, index), item))
  const kept = Object.entries(value).filter(([key]) => key in before)
  return Object.fromEntries(kept.map(([key, own]) => [key, withKeysOf(Reflect.get(before, key), own)]))
}
