import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fakeFarm, Project, type CliResult } from './baton-cli.js'

const spec = `
import { $, browser, expect } from '@wdio/globals'
import { label } from '../lib/label.js'
describe('outer', () => {
  describe('inner', () => {
    before(() => browser.url('data:text/html,<h1 id="a">x <b>y</b></h1>'))
    it('object', () => { expect({ a: 1, b: ['x'] }).toMatchSnapshot() })
    it('twice', () => { expect('one').toMatchSnapshot(); expect('two').toMatchSnapshot('named') })
    it('element', async () => { await expect($('h1')).toMatchSnapshot() })
    it('inline', async () => {
      expect({ a: 1 }).toMatchInlineSnapshot()
      await expect($('b')).toMatchInlineSnapshot()
    })
    it('in a helper', () => { label('z') })
  })
  let tries = 0
  it('is tried again', function () {
    this.retries(1)
    tries += 1
    expect('try').toMatchSnapshot()
    if (tries === 1) throw new Error('once')
  })
  it('is repeated', () => {
    tries += 1
    expect('repeated').toMatchSnapshot()
    if (tries === 3) throw new Error('once')
  }, 1)
})
`

/** As \`wdio run\` writes it for the same tests. */
const stored = `// Snapshot v1

exports[\`inner > element 1\`] = \`
"<h1 id="a">
  x
  <b>y</b>
</h1>"
\`;

exports[\`inner > object 1\`] = \`
{
  "a": 1,
  "b": [
    "x",
  ],
}
\`;

exports[\`inner > twice > named 1\`] = \`"two"\`;

exports[\`inner > twice 1\`] = \`"one"\`;

exports[\`outer > is repeated 1\`] = \`"repeated"\`;

exports[\`outer > is tried again 1\`] = \`"try"\`;
`

describe('snapshots', () => {
  const snapFile = 'test/__snapshots__/snap.ts.snap'
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': { devices: [{ name: 'alice', driver: 'chromium' }] },
      'test/snap.ts': spec,
      'lib/label.ts': `
import { expect } from '@wdio/globals'
export function label(x: string): void {
  const y = x + x
  expect(y).toMatchInlineSnapshot()
}
`,
    })
  })
  after(() => project.remove())

  const run = async (args: string[] = [], env = {}): Promise<CliResult> =>
    project.run(['run', 'test/*.ts', ...args], env)
  const totals = (result: CliResult): string => /^Snapshots +(.*)$/m.exec(result.stdout)?.[1] ?? result.stdout
  const change = (from: string, to: string): void => {
    project.write({ 'test/snap.ts': project.read('test/snap.ts').replaceAll(from, to) })
  }

  it('are not added in CI, and are written back into the project elsewhere', async () => {
    const inCi = await run([], { CI: '1' })
    assert.equal(inCi.exitCode, 1)
    assert.equal(totals(inCi), '7 unmatched')
    assert.ok(!existsSync(path.join(project.directory, snapFile)))
    assert.equal(project.read('test/snap.ts'), spec)

    const added = await run()
    assert.equal(added.exitCode, 0, added.stdout)
    assert.equal(totals(added), '9 added')
    assert.equal(project.read(snapFile), stored)
    assert.equal(project.read('lib/label.ts').split('\n')[4], '  expect(y).toMatchInlineSnapshot(`"zz"`)')
    assert.match(project.read('test/snap.ts'), /toMatchInlineSnapshot\(`\n {8}{\n {10}"a": 1,\n {8}}\n {6}`\)/)
    assert.match(project.read('test/snap.ts'), /expect\(\$\('b'\)\)\.toMatchInlineSnapshot\(`"<b>y<\/b>"`\)/)

    const compared = await run([], { CI: '1' })
    assert.equal(compared.exitCode, 0, compared.stdout)
    assert.equal(totals(compared), '9 matched')
    assert.equal(project.read(snapFile), stored)
  })

  it('are replaced and removed only with --update-snapshots, and only by tests that ran', async () => {
    change('a: 1, b', 'a: 2, b')
    change(`it('twice'`, `it('thrice'`)
    const failed = await run()
    assert.equal(failed.exitCode, 1)
    assert.match(failed.stdout, /-\s+"a": 1,[^]*\+\s+"a": 2,/)
    assert.equal(totals(failed), '6 matched, 2 added, 1 unmatched, 2 unchecked')
    change(`it('element'`, `it.skip('element'`)
    const updated = await run(['--update-snapshots'])
    assert.equal(updated.exitCode, 0, updated.stdout)
    assert.equal(totals(updated), '7 matched, 1 updated, 2 unchecked')
    const expected = stored.replace('"a": 1', '"a": 2').replaceAll('twice', 'thrice')
    assert.equal(project.read(snapFile), expected)
  })

  it('are not corrupted by several devices', async () => {
    project.write({
      'fake.json': fakeFarm('bob', 'carol'),
      'test/every.ts': `
        import { activeDevice } from 'baton'
        it('same', () => { expect(expect).toBe(globalThis.expect); expect(1).toMatchSnapshot() })
        it('own', () => { expect(activeDevice().name).toMatchSnapshot(activeDevice().name) })`,
    })
    const args = ['run', 'test/every.ts', '--devices', 'fake.json', '--every']
    const first = await project.run(args)
    assert.equal(first.exitCode, 0, first.stdout)
    assert.match(first.stdout, /every\.ts\.snap' is only in the report: test\/every\.ts wrote different content to it/)
    const second = await project.run(args)
    assert.equal(second.exitCode, 0, second.stdout)
    const keys = [...project.read('test/__snapshots__/every.ts.snap').matchAll(/exports\[`(.*)`\]/g)]
    assert.deepEqual(
      keys.map(([, key]) => key),
      [' > own > bob 1', ' > own > carol 1', ' > same 1'],
    )
  })
})
