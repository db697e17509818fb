import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { describe as importedDescribe, it as importedIt, test as importedTest, suite as importedSuite } from 'mocha'
import { expect } from 'expect-webdriverio'
import { explainLoadError } from '../../../src/script/mocha-engine.js'
import { contextOf, runSuite, type SuiteRun } from './module-in-process.js'

const roles = ['alice']
/** Missing in the types of `expect-webdriverio`. */
const softly = expect as unknown as { soft(value: unknown): { toBe(other: unknown): void } }
const endsOf = ({ events }: SuiteRun): string[] =>
  events.flatMap(event => (event.type === 'test:end' ? [`${event.kind} ${event.title.join('/')} ${event.state}`] : []))

describe("mocha's features", () => {
  it('has both interfaces, even mixed', async () => {
    const run = await runSuite(roles, ({ describe, suite, test, it, setup, suiteSetup, beforeEach }) => {
      const order: string[] = []
      describe('bdd', () => {
        beforeEach(() => void order.push('beforeEach'))
        test('tdd in bdd', () => assert.deepEqual(order, ['suiteSetup', 'beforeEach', 'setup']))
        suiteSetup(() => void order.push('suiteSetup'))
        setup(() => void order.push('setup'))
      })
      suite('tdd', () => it('bdd in tdd', () => {}))
    })
    assert.deepEqual(endsOf(run), ['test bdd/tdd in bdd passed', 'test tdd/bdd in tdd passed'])
  })

  it("provides what is imported from 'mocha'", async () => {
    const run = await runSuite(roles, () => {
      importedDescribe('bdd', () => importedIt('one', () => {}))
      importedSuite('tdd', () => importedTest('two', () => {}))
    })
    assert.deepEqual(endsOf(run), ['test bdd/one passed', 'test tdd/two passed'])
  })

  it('runs root hooks around every test', async () => {
    const order: string[] = []
    await runSuite(roles, ({ describe, it, before, beforeEach, afterEach, after }) => {
      before(() => void order.push('before'))
      beforeEach(() => void order.push('beforeEach'))
      afterEach(() => void order.push('afterEach'))
      after(() => void order.push('after'))
      describe('s', () => {
        it('one', () => void order.push('one'))
        it('two', () => void order.push('two'))
      })
    })
    const each = (name: string): string[] => ['beforeEach', name, 'afterEach']
    assert.deepEqual(order, ['before', ...each('one'), ...each('two'), 'after'])
  })

  it('supports .only, .skip and this.skip()', async () => {
    const only = await runSuite(roles, ({ it }) => {
      it('left out', () => {})
      it.only('chosen', () => {})
    })
    assert.deepEqual(endsOf(only), ['test chosen passed'])
    assert.deepEqual(
      only.events.filter(event => event.type === 'module:loaded').map(event => event.tests),
      [1],
    )
    const skipped = await runSuite(roles, ({ it, describe, before }) => {
      it.skip('skipped', () => {})
      it('pending')
      it('skips itself', function () {
        this.skip()
      })
      describe('s', () => {
        before(function () {
          this.skip()
        })
        it('skipped by before', () => {})
      })
    })
    assert.deepEqual(skipped.counts, { passed: 0, failed: 0, pending: 4 })
  })

  it('refuses .only if it is forbidden, with its place', async () => {
    const { fileName, mapStack, sourceText, thrown } = contextOf(roles)
    const reader = { fileName, mapStack, sourceText, thrown }
    await assert.rejects(
      runSuite(roles, ({ it }) => void it.only('x', () => {}), { forbidOnly: true }),
      error => (explainLoadError(error, reader) as { code?: unknown }).code === 'BATON_ONLY_IN_CI',
    )
  })

  it('supports timeouts of tests, hooks and suites', async () => {
    const run = await runSuite(roles, ({ describe, it, before }) => {
      it('of a test', async function () {
        this.timeout(10)
        await tick(60)
      })
      describe('s', function () {
        this.timeout(10)
        before(() => tick(60))
        it('never runs', () => {})
      })
    })
    assert.deepEqual(run.counts, { passed: 0, failed: 2, pending: 0 })
    assert.deepEqual(endsOf(run), ['test of a test failed', 'hook s/"before all" hook for "never runs" failed'])
  })

  it('knows which functions still run after their timeout', async () => {
    let finish = (): void => {}
    const never = new Promise<void>(resolve => (finish = resolve))
    const run = await runSuite(roles, ({ it }) => {
      it('still runs', function () {
        this.timeout(10)
        return never
      })
      it('never calls done', function (_done) {
        this.timeout(10)
      })
      it('came to its end', () => {})
    })
    assert.deepEqual(run.run.stillRunning(), ['still runs', 'never calls done'])
    finish()
    await never
    await Promise.resolve()
    assert.deepEqual(run.run.stillRunning(), ['never calls done'])
  })

  it('stops at the first failure with bail', async () => {
    const run = await runSuite(
      roles,
      ({ it }) => {
        it('fails', () => assert.fail('x'))
        it('never runs', () => {})
      },
      { bail: true },
    )
    assert.deepEqual(endsOf(run), ['test fails failed'])
  })

  it('fails the running test for an uncaught error', async () => {
    let run: SuiteRun['run'] | undefined
    const result = await runSuite(
      roles,
      ({ it }) => {
        it('waits', () => {
          setTimeout(() => run?.handleUncaught(new Error('stray')), 1)
          return new Promise(() => {})
        })
        it('next', () => {})
      },
      {},
      created => (run = created),
    )
    assert.deepEqual(endsOf(result), ['test waits failed', 'test next passed'])
  })

  it('reports failures of expect.soft', async () => {
    const run = await runSuite(roles, ({ it }) => {
      it('soft', () => {
        softly.soft(1).toBe(2)
        softly.soft(1).toBe(3)
      })
      it('next', () => {})
    })
    assert.deepEqual(endsOf(run), ['test soft failed', 'test next passed'])
    const [end] = run.events.filter(event => event.type === 'test:end')
    assert.match(end?.error?.message ?? '', /2 soft assertion failures/)
  })

  it('clears failures of expect.soft before the next attempt', async () => {
    let attempt = 0
    const run = await runSuite(roles, ({ it }) => {
      it('soft', function () {
        this.retries(1)
        attempt += 1
        if (attempt > 1) return
        softly.soft(1).toBe(2)
        assert.fail('hard')
      })
    })
    assert.equal(attempt, 2)
    assert.deepEqual(endsOf(run).slice(-1), ['test soft passed'])
  })

  it('reports which device was active in a failure, and how it became active', async () => {
    const { activeDevice, useDevice } = await import('../../../src/script/index.js')
    const run = await runSuite(['alice', 'bob'], ({ it }) => {
      it('fails', async () => {
        await useDevice('bob')
        assert.equal(activeDevice().role, 'alice')
      })
    })
    const [end] = run.events.filter(event => event.type === 'test:end')
    assert.equal(end?.error?.device, "bob's phone")
    assert.deepEqual(
      end?.trail?.map(pass => pass.role),
      ['alice', 'bob'],
    )
    for (const pass of end?.trail ?? []) assert.match(pass.place ?? '', /mocha-features\.test\.(ts|js):\d+:\d+$/)
  })
})
