import assert from 'node:assert/strict'
import { ConfigHooks } from '../../../src/script/config-hooks.js'
import { createMocha, runMocha } from '../../../src/script/mocha-engine.js'
import { contextOf, type Interface } from './module-in-process.js'

interface Result {
  error?: Error
  passed: boolean
  skipped: boolean
  result: unknown
}

/** Runs a suite between `beforeTest` and `afterTest`. */
async function run(define: (names: Interface) => void): Promise<{ calls: string[]; failures: string[] }> {
  const calls: string[] = []
  const failures: string[] = []
  const config = {
    beforeTest: (test: Mocha.Test) => void calls.push(`before ${test.title}`),
    afterTest: async (test: Mocha.Test, _context: unknown, { error, passed, skipped, result }: Result) => {
      // Longer than the test's timeout.
      await new Promise(resolve => setTimeout(resolve, 30))
      const state = passed
        ? `passed with ${String(result)}`
        : skipped
          ? 'skipped'
          : `failed: ${error?.message.slice(0, 24)}`
      calls.push(`after ${test.title}: ${state}`)
    },
  }
  const hooks = new ConfigHooks({ file: 'wdio.conf.ts', hooks: Object.keys(config) }, [], stack => stack)
  const reader = contextOf(['alice'])
  const options = { timeoutMs: 1_000, bail: false, forbidOnly: false }
  const { mocha, globals } = createMocha('a.ts', options, reader, names => hooks.wrapGlobals(names))
  await hooks.load({ config }, [], '0-0')
  define(globals as unknown as Interface)
  await runMocha(mocha, runner => {
    runner.on('fail', (test, error: Error) => failures.push(`${test.title}: ${error.message.slice(0, 24)}`))
  })
  return { calls, failures }
}

describe('the hook beforeSession', () => {
  it('changes what browser.options get, but not the options that a device declares', async () => {
    const config = {
      baseUrl: 'http://shared/',
      waitforTimeout: 1,
      own: 'exported',
      beforeSession: (given: Record<string, unknown>, capabilities: unknown, specs: string[], cid: string) => {
        Object.assign(given, { baseUrl: 'http://changed/', waitforTimeout: 2, own: [capabilities, specs, cid] })
      },
    }
    const hooks = new ConfigHooks({ file: 'wdio.conf.ts', hooks: ['beforeSession'] }, ['file:///a.ts'], stack => stack)
    const browsers = [{ baseUrl: 'http://shared/', waitforTimeout: 1 }, { waitforTimeout: 3 }].map(options => ({
      options,
      requestedCapabilities: 'requested',
    }))
    await hooks.load({ config }, browsers as never, '0-0')
    const [first, second] = browsers.map(({ options }) => options as Record<string, unknown>)
    const own = ['requested', ['file:///a.ts'], '0-0']
    assert.deepEqual([first?.['baseUrl'], first?.['waitforTimeout'], first?.['own']], ['http://changed/', 2, own])
    assert.deepEqual([second?.['baseUrl'], second?.['waitforTimeout']], ['http://changed/', 3])
    assert.equal(config.own, 'exported')
  })
})

describe('the hooks around tests', () => {
  it('see the result, also of tests with done', async () => {
    const { calls, failures } = await run(({ it }) => {
      it('returns', async () => 42)
      it('calls done', done => setImmediate(done))
      it('fails in done', done => void setImmediate(() => done(new Error('late'))))
      it('skips', function () {
        this.skip()
      })
    })
    assert.deepEqual(
      calls.filter(call => call.startsWith('after')),
      [
        'after returns: passed with 42',
        'after calls done: passed with undefined',
        'after fails in done: failed: late',
        'after skips: skipped',
      ],
    )
    assert.deepEqual(failures, ['fails in done: late'])
  })

  it('measure durations by the clock of the process, also if a test sets the clock', async () => {
    const durations: number[] = []
    const config = {
      afterTest: (_test: unknown, _context: unknown, { duration }: { duration: number }) =>
        void durations.push(duration),
      afterSuite: ({ duration }: { duration?: number }) => void durations.push(duration ?? NaN),
    }
    const hooks = new ConfigHooks({ file: 'wdio.conf.ts', hooks: Object.keys(config) }, [], stack => stack)
    const options = { timeoutMs: 1_000, bail: false, forbidOnly: false }
    const { mocha, globals } = createMocha('a.ts', options, contextOf(['alice']), names => hooks.wrapGlobals(names))
    await hooks.load({ config }, [], '0-0')
    hooks.addSuiteHooks(mocha)
    const { now } = Date
    const names = globals as unknown as Interface
    names.describe('time', () => {
      names.it('sets the clock', () => {
        Date.now = () => 0
      })
    })
    try {
      await runMocha(mocha, () => {})
    } finally {
      Date.now = now
    }
    assert.equal(durations.length, 2)
    assert.ok(
      durations.every(duration => duration >= 0 && duration < 60_000),
      String(durations),
    )
  })

  it('run to their end after a timeout, before mocha reports it', async () => {
    const { calls, failures } = await run(({ it }) => {
      it('hangs', async function () {
        this.timeout(10)
        await new Promise(() => {})
      })
      it('next', () => {})
    })
    assert.deepEqual(calls, [
      'before hangs',
      'after hangs: failed: Timeout of 10ms exceeded',
      'before next',
      'after next: passed with undefined',
    ])
    assert.deepEqual(failures, ['hangs: Timeout of 10ms exceeded'])
  })

  it('get an Error for any thrown value', async () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const { calls } = await run(({ it }) => {
      for (const [title, value] of Object.entries({ bigint: 10n, circle, object: { a: 1 } })) {
        it(title, () => {
          throw value
        })
      }
    })
    assert.deepEqual(
      calls.filter(call => call.startsWith('after')),
      ['bigint', 'circle', 'object'].map(title => `after ${title}: failed: An unknown error occurre`),
    )
  })
})
