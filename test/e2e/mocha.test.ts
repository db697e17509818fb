import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

/** Every module but the last ones uses a feature of mocha; those never end, or end their process. */
const modules = {
  'modules/bdd.ts': `
    describe('outer', function () {
      this.timeout(5000)
      const order: string[] = []
      before(() => void order.push('before'))
      beforeEach(async () => void order.push('beforeEach'))
      context('inner', () => {
        specify('runs hooks', done => {
          order.push('test')
          setImmediate(done)
        })
      })
      afterEach(() => void order.push('afterEach'))
      after(() => console.log(order.join(' ')))
    })`,
  'modules/tdd-globals.ts': `
    suite('tdd', () => {
      const order: string[] = []
      suiteSetup(() => void order.push('suiteSetup'))
      setup(() => void order.push('setup'))
      test('by globals', () => void order.push('test'))
      teardown(() => void order.push('teardown'))
      suiteTeardown(() => console.log(order.join(' ')))
    })`,
  'modules/tdd-imports.ts': `
    import { suite, test, setup } from 'mocha'
    suite('tdd', () => {
      let ready = false
      setup(() => { ready = true })
      test('by imports', () => { if (!ready) throw new Error('setup did not run') })
    })`,
  'modules/retries.ts': `
    let tries = 0
    it('passes the third time', function () {
      this.retries(2)
      if (++tries < 3) throw new Error('try ' + tries)
    })`,
  'modules/skips.ts': `
    it.skip('left out')
    it('skips itself', function () { this.skip() })
    describe.skip('a suite', () => { it('left out too', () => { throw new Error('ran') }) })
    it('pending')`,
  'modules/only.ts': `
    it('left out', () => { throw new Error('ran') })
    it.only('alone', () => {})`,
  'modules/other-than-only.ts': `it('runs', () => {})`,
  'modules/timeout.ts': `
    it('takes too long', async function () {
      this.timeout(50)
      await new Promise(() => {})
    })
    it('runs after it', () => {})`,
  'modules/throws.ts': `
    import { describe } from 'mocha'
    const settings: { url?: { host: string } } = {}
    describe('never there', () => { it('test', () => {}) })
    console.log('before')
    console.log(settings.url!.host)`,
  'modules/empty.ts': `describe('nothing in it', () => {})`,
  'modules/no-test.ts': `console.log('a script')`,
  'modules/exit.ts': `it('leaves', () => process.exit(7))`,
  'modules/busy.ts': `
    import { useDevice } from 'baton'
    it('spins', async () => {
      await useDevice('alice')
      for (;;);
    })`,
  'modules/late.ts': `
    it('ends before its promise', () => {
      Promise.reject(new Error('nobody awaits this'))
    })`,
}

describe('mocha', () => {
  let project: Project
  let run: RunOutcome

  before(async function () {
    project = new Project({ 'devices.json': fakeFarm('alice', 'bob'), ...modules })
    run = new RunOutcome(
      await project.run(['run', 'modules/*.ts', '--json', '--module-timeout', '4000'], { CI: 'false' }),
    )
  })
  after(() => project.remove())

  it('runs bdd, with hooks and done', () => {
    const { tests, printed } = run.module('modules/bdd.ts')
    assert.deepEqual(tests, { 'outer › inner › runs hooks': 'passed' })
    assert.deepEqual(printed, ['before beforeEach test afterEach'])
  })

  it('runs tdd, from globals and from imports', () => {
    const globals = run.module('modules/tdd-globals.ts')
    assert.deepEqual(globals.tests, { 'tdd › by globals': 'passed' })
    assert.deepEqual(globals.printed, ['suiteSetup setup test teardown'])
    assert.deepEqual(run.module('modules/tdd-imports.ts').tests, { 'tdd › by imports': 'passed' })
  })

  it('supports this.retries, .skip and this.skip', () => {
    const retried = run.module('modules/retries.ts')
    assert.equal(retried.verdict, 'passed')
    assert.equal(retried.attempts, 1)
    const skipped = run.module('modules/skips.ts')
    assert.equal(skipped.verdict, 'skipped')
    assert.deepEqual(new Set(Object.values(skipped.tests)), new Set(['pending']))
    assert.equal(Object.keys(skipped.tests).length, 4)
  })

  it('keeps .only to its module', () => {
    assert.deepEqual(run.module('modules/only.ts').tests, { alone: 'passed' })
    assert.deepEqual(run.module('modules/other-than-only.ts').tests, { runs: 'passed' })
  })

  it('ends a test at its timeout, and continues', () => {
    const { verdict, tests, failures } = run.module('modules/timeout.ts')
    assert.equal(verdict, 'failed')
    assert.deepEqual(tests, { 'takes too long': 'failed', 'runs after it': 'passed' })
    assert.match(failures['takes too long']?.message ?? '', /Timeout of 50ms exceeded/)
  })

  it('reports where a module threw while it was loading, and what it printed before', () => {
    const { verdict, errors, printed } = run.module('modules/throws.ts')
    assert.equal(verdict, 'failed')
    assert.match(errors[0]?.message ?? '', /reading 'host'/)
    assert.match(errors[0]?.stack ?? '', /modules\/throws\.ts:6:\d+/)
    assert.deepEqual(printed, ['before'])
  })

  it('skips a module without tests, with a warning', () => {
    for (const file of ['modules/empty.ts', 'modules/no-test.ts']) {
      assert.equal(run.module(file).verdict, 'skipped')
    }
    const warnings = run.result.stdout.split('\n').filter(line => line.includes('the module has no test'))
    assert.equal(warnings.length, 2)
  })

  it('fails a test for an unhandled rejection', () => {
    const { verdict, failures } = run.module('modules/late.ts')
    assert.equal(verdict, 'failed')
    assert.match(failures['ends before its promise']?.message ?? '', /nobody awaits this/)
  })

  it('fails a module that exits its process, and reports in which test', () => {
    const { verdict, attempts, errors } = run.module('modules/exit.ts')
    assert.equal(verdict, 'failed')
    assert.equal(attempts, 1)
    assert.equal(errors[0]?.code, 'BATON_WORKER_LOST')
    assert.match(errors[0]?.message ?? '', /exit code 7 in 'leaves'/)
  })

  it('kills a module that never ends, reports the test and the device, and continues with the others', () => {
    const { verdict, attempts, errors } = run.module('modules/busy.ts')
    assert.equal(verdict, 'failed')
    assert.equal(attempts, 1)
    assert.equal(errors[0]?.code, 'BATON_MODULE_TIMEOUT')
    assert.equal(errors[0]?.message, "the module was stopped after 4000 ms in 'spins', 'alice' was active")
    assert.equal(errors[0]?.device, 'alice')
  })

  it('gives each module one verdict, and the run exit code 1', () => {
    assert.equal(run.result.exitCode, 1)
    assert.deepEqual(
      Object.entries(run.verdicts)
        .filter(([, verdict]) => verdict !== 'passed')
        .map(([file, verdict]) => `${file}: ${verdict}`)
        .toSorted(),
      [
        'modules/busy.ts: failed',
        'modules/empty.ts: skipped',
        'modules/exit.ts: failed',
        'modules/late.ts: failed',
        'modules/no-test.ts: skipped',
        'modules/skips.ts: skipped',
        'modules/throws.ts: failed',
        'modules/timeout.ts: failed',
      ],
    )
  })

  it('refuses .only if CI is set, and reports where it is', async () => {
    const { result } = new RunOutcome(await project.run(['run', 'modules/only.ts', '--json'], { CI: 'true' }))
    assert.equal(result.exitCode, 1)
    assert.match(result.stdout, /"code":"BATON_ONLY_IN_CI"/)
    assert.match(result.stdout, /modules\/only\.ts:3:\d+/)
  })
})
