import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageFile } from '../../../src/process/package-root.js'
import { benchReportSchema } from '../../bench/report.js'

const main = packageFile('dist', 'test', 'bench', 'main.js')

/** How long anything took is nobody's business here. */
describe('npm run bench', () => {
  let output: string
  beforeEach(() => {
    output = mkdtempSync(path.join(tmpdir(), 'baton-bench-'))
  })
  afterEach(() => rmSync(output, { recursive: true, force: true }))

  it('prints and writes what a benchmark measures on real devices', async () => {
    const args = [main, 'use-device', '--quick', '--output', output]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const [file = '', ...others] = readdirSync(output)
    assert.deepEqual(others, [])
    const report = benchReportSchema.parse(JSON.parse(readFileSync(path.join(output, file), 'utf8')))
    assert.equal(report.quick, true)
    const [result] = report.results
    const commands = result?.figures.find(({ label }) => label.startsWith('WebDriver commands'))
    assert.equal(commands?.value, 0)
    for (const { label } of result?.figures ?? []) assert.ok(stdout.includes(label), label)
    assert.ok(stdout.includes(file))
  })

  it('knows its benchmarks', async () => {
    const ended = promisify(execFile)(process.execPath, [main, 'use-devices', '--output', output])
    await assert.rejects(ended, /there is no benchmark 'use-devices' .*nearest: use-device/)
    assert.deepEqual(readdirSync(output), [])
  })
})
