import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

describe('baton run', () => {
  const projects: Project[] = []
  const project = (files: Record<string, string | object>): Project => {
    const made = new Project(files)
    projects.push(made)
    return made
  }
  const run = async (made: Project, ...args: string[]): Promise<RunOutcome> =>
    new RunOutcome(await made.run(['run', 'modules/*.ts', '--json', ...args]))
  after(() => projects.forEach(made => made.remove()))

  it('runs the tests that match --grep, within --timeout, and a failed module again up to --retries times', async () => {
    const made = project({
      'devices.json': fakeFarm('alice'),
      'modules/a.ts': `
        describe('chat', () => {
          it('sends', () => {})
          it('hangs', () => new Promise(() => {}))
          it('has more time', function () { this.timeout(5000); return new Promise(resolve => setTimeout(resolve, 400)) })
        })
        it('sends elsewhere', () => { throw new Error('ran') })`,
      'modules/b.ts': `it('calls', () => { throw new Error('ran') })`,
      'modules/loads-not.ts': `throw new Error('while loading')`,
    })
    const outcome = await run(made, '--grep', '^chat (?!x)', '--timeout', '300', '--retries', '1')
    assert.equal(outcome.result.exitCode, 1)
    const { tests, failures } = outcome.module('modules/a.ts')
    assert.deepEqual(tests, {
      'chat › sends': 'passed',
      'chat › hangs': 'failed',
      'chat › has more time': 'passed',
    })
    assert.match(failures['chat › hangs']?.message ?? '', /Timeout of 300ms/)
    assert.equal(outcome.module('modules/b.ts').verdict, 'skipped')
    for (const file of ['modules/a.ts', 'modules/loads-not.ts']) {
      assert.equal(outcome.module(file).verdict, 'failed')
      assert.equal(outcome.module(file).attempts, 2)
    }
  })

  it('reports a --grep that matches no test', async () => {
    const made = project({
      'devices.json': fakeFarm('alice'),
      'modules/a.ts': `it('sends', () => {})`,
      'modules/b.ts': `it.skip('receives', () => {})`,
    })
    const [none, pending] = [await run(made, '--grep', 'sned'), await run(made, '--grep', 'receives')]
    assert.equal(none.result.exitCode, 2)
    assert.match(none.result.stderr, /--grep 'sned' matches no test of 2 modules/)
    assert.equal(pending.result.exitCode, 0)
  })

  it('stops at the first failure with --bail; waiting modules are not run', async () => {
    const made = project({
      'devices.json': fakeFarm('alice'),
      'modules/1.ts': `it('passes', () => {})`,
      'modules/2.ts': `it('fails', () => { throw new Error('x') })
        it('is not reached', () => {})`,
      // may have begun before the run hears of the failure: it is stopped then
      'modules/3.ts': `it('waits', () => new Promise(resolve => setTimeout(resolve, 20_000)))`,
      'modules/4.ts': `it('waits', () => {})`,
    })
    const outcome = await run(made, '--bail')
    assert.deepEqual(outcome.verdicts, {
      'modules/1.ts': 'passed',
      'modules/2.ts': 'failed',
      'modules/3.ts': 'not-run',
      'modules/4.ts': 'not-run',
    })
    assert.deepEqual(outcome.module('modules/2.ts').tests, { fails: 'failed' })
    assert.deepEqual(outcome.module('modules/3.ts').reasons, ['the run stops at its first failure (--bail)'])
    assert.equal(outcome.result.exitCode, 1)
  })

  it('runs a failed module again with --retries: flaky is not a failure', async () => {
    const made = project({
      // 0: no deadline for tests
      'devices.json': { ...fakeFarm('alice'), timeouts: { test: 0 } },
      'modules/flaky.ts': `
        import { existsSync, writeFileSync } from 'node:fs'
        let loaded = 0
        loaded++
        it('fails the first time', () => {
          if (loaded !== 1) throw new Error('not loaded afresh')
          const mark = process.env.MARK
          if (existsSync(mark)) return
          writeFileSync(mark, '')
          throw new Error('first')
        })`,
      'modules/steady.ts': `it('passes', () => {})`,
      'modules/skipped.ts': `it.skip('left out', () => {})`,
    })
    const outcome = await run(made, '--retries', '2', '--env', `MARK=${made.directory}/mark`)
    assert.deepEqual(outcome.verdicts, {
      'modules/flaky.ts': 'flaky',
      'modules/skipped.ts': 'skipped',
      'modules/steady.ts': 'passed',
    })
    assert.equal(outcome.module('modules/flaky.ts').attempts, 2)
    assert.equal(outcome.result.exitCode, 0)
  })
})
