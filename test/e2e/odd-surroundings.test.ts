import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

describe('a run in unusual conditions', () => {
  let made: Project | undefined
  afterEach(() => made?.remove())

  it("keeps its results if the history can't be written", async () => {
    made = new Project({
      'devices.json': fakeFarm('alice'),
      '.baton': 'no folder',
      'modules/1.ts': `it('passes', () => {})`,
    })
    const result = await made.run(['run', 'modules/*.ts', '--junit', 'junit.xml'])
    assert.match(
      result.stderr,
      /^baton: the durations of this run are not remembered: .* a file is in the place of a folder \(EEXIST\)\.\n$/,
    )
    assert.equal(result.exitCode, 0)
    assert.match(made.read('junit.xml'), /tests="1"/)
  })

  it('runs to its end if its output is closed', async () => {
    made = new Project({
      'devices.json': fakeFarm('alice'),
      'modules/1.ts': `it('passes', () => {})`,
      'modules/2.ts': `it('fails', () => { throw new Error('x') })`,
    })
    const running = made.start(['run', 'modules/*.ts', '--json'])
    await running.event('run:start')
    running.child.stdout?.destroy()
    const { exitCode, stderr } = await running.done
    assert.deepEqual([exitCode, stderr], [1, ''])
    assert.deepEqual(made.events().at(-1)?.type, 'run:end')
  })

  it("reports errors that can't be read, without waiting for a timeout", async () => {
    const unreadable = `new Proxy({}, { get() { throw new Error('unreadable') } })`
    made = new Project({
      'devices.json': fakeFarm('alice'),
      'modules/loading.ts': `throw ${unreadable}`,
      'modules/test.ts': `it('throws', () => {
        throw Object.defineProperty(new Error('x'), 'stack', { get() { throw new Error('unreadable') } })
      })`,
    })
    const outcome = new RunOutcome(await made.run(['run', 'modules/*.ts', '--json', '--module-timeout', '20000']))
    assert.deepEqual(outcome.verdicts, { 'modules/loading.ts': 'failed', 'modules/test.ts': 'failed' })
    // Printing the proxy calls none of its traps.
    assert.match(
      outcome.module('modules/loading.ts').errors[0]?.message ?? '',
      /\{\} was thrown, which is not an Error/,
    )
    assert.equal(outcome.module('modules/test.ts').failures['throws']?.message, 'x')
  })
})
