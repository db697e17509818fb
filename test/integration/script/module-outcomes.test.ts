import assert from 'node:assert/strict'
import type { RunModule } from '../../../src/script/worker-messages.js'
import { loadOne } from '../module/project.js'
import { moduleOf, mustPass, outputOf, TestFarm, titlesOf } from './farm.js'

describe('a module', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start()
  })
  after(() => farm.close())

  it('is skipped if all its tests are pending or filtered out', async () => {
    const pending = await farm.run(`it.skip('later', () => {})`)
    assert.deepEqual(pending.report, {
      verdict: 'skipped',
      started: true,
      counts: { passed: 0, failed: 0, pending: 1 },
    })
    const filtered = await farm.run(`it('one', () => {})`, { mocha: { grep: 'two' } })
    assert.deepEqual(filtered.report, {
      verdict: 'skipped',
      started: true,
      counts: { passed: 0, failed: 0, pending: 0 },
    })
  })

  it('is skipped, with a warning, if it has no test', async () => {
    const { report, events } = await farm.run(`describe('empty', () => {})`)
    assert.equal(report.verdict, 'skipped')
    assert.equal(report.error, undefined)
    assert.deepEqual(
      events.flatMap(event => (event.type === 'warning' ? [event.message] : [])),
      ['the module has no test, so nothing ran'],
    )
  })

  it('runs tests and hooks again as often as their last argument says, with this.wdioRetries', async () => {
    const result = await farm.run(`
      const { test } = await $baton('mocha')
      const seen = []
      const log = (what, fails) => function () { seen.push(what + this.wdioRetries); if (this.wdioRetries < fails) throw new Error(what) }
      before(log('before', 1), 1)
      beforeEach(async function () { await null; log('each', 2).call(this) }, 2)
      it('once', log('once', 0))
      it('again', log('again', 2), 2)
      test('imported', async function () { await null; log('imported', 1).call(this) }, 1)
      it('with done', function (done) { seen.push('done' + this.wdioRetries); done(this.wdioRetries < 1 ? new Error('not yet') : undefined) }, 1)
      it('too often', log('often', 9), 1)
      it('skips', function () { seen.push('skip'); this.skip() }, 3)
      after(() => console.log(seen.filter(each => !each.startsWith('each')).join(' ')))`)
    assert.deepEqual(result.report.counts, { passed: 4, failed: 1, pending: 1 })
    assert.equal(
      outputOf(result).trim(),
      'before0 before1 once0 again0 again1 again2 imported0 imported1 done0 done1 often0 often1 skip',
    )
  })

  it('runs mochaGlobalSetup and mochaGlobalTeardown of set-up files around its tests', async () => {
    const setup = `export const mochaGlobalSetup = [function () { this.at = 'set up'; console.log(this.at) }, async () => { console.log('second') }]
      export async function mochaGlobalTeardown() { console.log('torn down after ' + this.at) }`
    const result = await farm.run('', { module: await withSetup(setup, `it('runs', () => console.log('test'))`) })
    assert.equal(result.report.verdict, 'passed')
    assert.deepEqual(outputOf(result).trim().split(/\s*\n/), ['set up', 'second', 'test', 'torn down after set up'])
    const failing = `export const mochaGlobalSetup = () => { throw new Error('no server') }`
    const failed = await farm.run('', { module: await withSetup(failing, `it('runs', () => {})`) })
    assert.equal(failed.report.verdict, 'failed')
    assert.equal(failed.report.error?.message, 'no server')
  })

  it('fails if it throws while it loads, with the place', async () => {
    for (const code of [
      `throw new Error('at once')`,
      `await null; throw new Error('at once')`,
      `describe('s', () => { throw new Error('at once') })`,
    ]) {
      const { report, events } = await farm.run(`${code}\nit('never runs', () => {})`)
      assert.deepEqual([report.verdict, report.error?.message], ['failed', 'at once'])
      assert.match(report.error?.stack ?? '', /m\d+\.ts:4:/)
      assert.deepEqual(events, [])
    }
  })

  it('fails if its code does not compile', async () => {
    const { report } = await farm.run(`it('x', () => {`)
    assert.deepEqual([report.verdict, report.error?.name], ['failed', 'SyntaxError'])
  })

  it('fails if .only is left in it and forbidden', async () => {
    const { report } = await farm.run(`it.only('x', () => {})`, { mocha: { forbidOnly: true } })
    assert.equal(report.error?.code, 'BATON_ONLY_IN_CI')
    assert.match(report.error.message, /m\d+\.ts:4:\d+: /)
  })

  it('fails after an unhandled rejection, which fails the running test', async () => {
    const result = await farm.run(`
      it('one', async () => {
        Promise.reject(new Error('nobody waits for me'))
        await new Promise(resolve => setTimeout(resolve, 20))
      })
      it('two', () => {})`)
    assert.deepEqual(titlesOf(result, 'failed'), ['one'])
    assert.deepEqual(titlesOf(result, 'passed'), ['two'])
    assert.deepEqual(result.report.counts, { passed: 1, failed: 1, pending: 0 })
  })

  it('fails after an uncaught exception, in a test or while it loads', async () => {
    const test = await farm.run(
      `it('one', () => new Promise(() => setTimeout(() => { throw new Error('from a timer') }, 1)))`,
    )
    assert.deepEqual(titlesOf(test, 'failed'), ['one'])
    const loading = await farm.run(`
      setTimeout(() => { throw new Error('from a timer') }, 1)
      await new Promise(resolve => setTimeout(resolve, 10))
      it('never runs', () => {})`)
    assert.deepEqual([loading.report.verdict, loading.report.error?.message], ['failed', 'from a timer'])
  })

  it('fails after a rejection without a reason, during or right after the last test', async () => {
    for (let turns = 0; turns < 5; turns++) {
      const { report } = await farm.run(`
        it('passes', () => {
          let turns = ${turns}
          const later = () => (turns-- > 0 ? setImmediate(later) : void Promise.reject())
          later()
        })`)
      assert.equal(report.verdict, 'failed', `${turns} turns`)
    }
  })

  it('fails after errors whose properties throw', async () => {
    const throwing = `Object.defineProperty(new Error('x'), 'code', { get() { throw new Error('unreadable') } })`
    const test = await farm.run(`it('throws', () => { throw ${throwing} }); it('passes', () => {})`)
    assert.deepEqual(titlesOf(test, 'failed'), ['throws'])
    assert.deepEqual(titlesOf(test, 'passed'), ['passes'])
    const loading = await farm.run(`throw ${throwing}`)
    assert.deepEqual([loading.report.verdict, loading.report.error?.message], ['failed', 'x'])
  })

  it('fails in the test that forgot an await', async () => {
    const result = await farm.run(`
      it('forgets', async () => { (async () => { await $('#who').getText(); await $('#who').getText(); await $('#who').getText() })() })
      it('is innocent', async () => { await $('#who').getText(); await $('#who').getText(); await $('#who').getText() })`)
    assert.deepEqual(titlesOf(result, 'failed'), ['forgets'])
    assert.equal(result.report.verdict, 'failed')
    const error = result.events.flatMap(event => (event.type === 'test:end' && event.error ? [event.error] : []))[0]
    assert.equal(error?.code, 'BATON_TEST_OVER')
    assert.match(error.hint ?? '', /await/)
  })

  it('fails if a timer that nobody waits for is rejected, whether Node waits for it or not', async () => {
    for (const ref of [true, false]) {
      const { report } = await farm.run(`
        const { setTimeout: wait } = process.getBuiltinModule('node:timers/promises')
        it('aborts', async () => {
          const stop = new AbortController()
          void wait(60_000, 0, { ref: ${ref}, signal: stop.signal })
          await wait(60_000, 0, { ref: ${ref}, signal: AbortSignal.abort() }).catch(() => {})
          stop.abort()
          await wait(1)
        })`)
      assert.equal(report.verdict, 'failed', `ref: ${ref}`)
    }
  })

  it('passes although code of a test that is over prints the browser', async () => {
    const { report } = await farm.run(`
      let printed
      const late = new Promise(resolve => (printed = resolve))
      it('ends', async () => { await useDevice('bob'); setTimeout(() => { console.log('late', browser); printed() }, 5) })
      it('waits', () => late)`)
    assert.equal(report.verdict, 'passed', JSON.stringify(report.error))
  })

  it('fails in that test even if it was the last one', async () => {
    const result = await farm.run(
      `it('forgets', async () => { (async () => { for (;;) await $('#who').getText() })() })`,
    )
    assert.equal(result.report.verdict, 'failed')
    assert.deepEqual(titlesOf(result, 'failed'), ['forgets'])
  })

  it('refuses commands of a test that timed out, on the phone of the next one', async () => {
    const result = await farm.run(`
      let start, rest
      const nextStarted = new Promise(resolve => (start = resolve))
      it('goes on', function () {
        this.timeout(30)
        rest = (async () => {
          await nextStarted
          await useDevice('bob')
          await $('#input').setValue('from the dead')
        })()
        return rest
      })
      it('next', async () => {
        start()
        await assert.rejects(rest, { code: 'BATON_TEST_OVER' })
        assert.equal(activeDevice().role, 'alice')
        await useDevice('bob')
        assert.equal(await $('#input').getText(), '')
      })`)
    assert.deepEqual(titlesOf(result, 'failed'), ['goes on'])
    assert.deepEqual(titlesOf(result, 'passed'), ['next'])
  })

  it('reports stack, diff, device and trail of a failure', async () => {
    const result = await farm.run(`
      const helper = async () => { await useDevice('bob'); assert.deepEqual({ a: 1 }, { a: 2 }) }
      describe('suite', () => { it('fails', async () => { await helper() }) })`)
    const [end] = result.events.filter(event => event.type === 'test:end')
    assert.equal(end?.error?.device, 'bob-phone')
    assert.match(end.error.stack ?? '', /helper.*m\d+\.ts:5:/)
    assert.ok(end.error.expected && end.error.actual)
    assert.deepEqual(
      end.trail?.map(pass => [pass.role, pass.device]),
      [
        ['alice', 'alice-phone'],
        ['bob', 'bob-phone'],
      ],
    )
    const passes = result.events.filter(event => event.type === 'baton:pass')
    assert.match(passes[1]?.place ?? '', /m\d+\.ts:5:\d+$/)
  })

  it('reports what it printed, under the title of the test', async () => {
    const result = await farm.run(`
      console.log('while it loads')
      it('prints', () => { console.log('one\\ntwo'); console.error('three'); process.stdout.write('four') })`)
    mustPass(result)
    const logs = result.events.flatMap(event =>
      event.type === 'log' ? [[event.stream, event.text, event.title?.[0]]] : [],
    )
    assert.deepEqual(logs, [
      ['stdout', 'while it loads', undefined],
      ['stdout', 'one\ntwo', 'prints'],
      ['stderr', 'three', 'prints'],
      ['stdout', 'four', undefined],
    ])
  })

  it('runs root hooks, global or exported', async () => {
    const result = await farm.run(`
      beforeEach(() => console.log('top level'))
      it('runs', () => {})
      return { mochaHooks: { beforeEach() { console.log('exported') } } }`)
    mustPass(result)
    assert.equal(outputOf(result), 'top level\nexported')
  })

  it('fails if its session is gone', async () => {
    const gone = { ...farm.role('bob'), session: { id: 'gone', capabilities: { platformName: 'Fake' } } }
    const result = await farm.run(`it('finds nothing', () => $('#who').getText())`, { roles: [gone], firstRole: 'bob' })
    assert.equal(result.report.verdict, 'failed')
  })
})

/** A module with a set-up file. */
async function withSetup(setup: string, module: string): Promise<RunModule['module']> {
  const { bundle } = await loadOne({ 'test/module.ts': module, 'set-up.ts': setup }, { setup: ['set-up.ts'] })
  const { code, sourceMap, base } = bundle
  return { ...moduleOf(''), file: bundle.file, code, sourceMap, base }
}
