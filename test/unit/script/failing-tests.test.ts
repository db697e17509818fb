import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { runSuite, type Interface, type SuiteRun } from './module-in-process.js'

const failuresOf = ({ events }: SuiteRun): string[] =>
  events.flatMap(event => (event.type === 'test:end' && event.error ? [event.error.message] : []))

/** Runs a suite and writes down when its devices were looked at. */
async function look(define: (names: Interface, order: string[]) => void): Promise<{ order: string[]; run: SuiteRun }> {
  const order: string[] = []
  const run = await runSuite(
    ['alice'],
    names => define(names, order),
    {},
    () => {},
    async title => {
      order.push(`looks at ${title.join(' › ')}`)
      await turn()
      order.push('has looked')
    },
  )
  return { order, run }
}

describe('artifacts of a failed test', () => {
  it('are collected before any hook runs; the module waits', async () => {
    const { order } = await look(({ describe, it, beforeEach, afterEach, after }, order) => {
      describe('chat', () => {
        beforeEach(() => void order.push('beforeEach'))
        afterEach(() => void order.push('afterEach'))
        after(() => void order.push('after'))
        it('fails', () => assert.fail('no'))
        it('passes', () => void order.push('next test'))
      })
    })
    assert.deepEqual(order, [
      'beforeEach',
      'looks at chat › fails',
      'has looked',
      'afterEach',
      'beforeEach',
      'next test',
      'afterEach',
      'after',
    ])
  })

  it('are collected if a hook failed', async () => {
    const { order, run } = await look(({ describe, it, before, after }) => {
      describe('chat', () => {
        before(() => assert.fail('before'))
        it('never runs', () => {})
      })
      describe('mail', () => {
        after(() => assert.fail('after'))
        it('passes', () => {})
      })
    })
    assert.deepEqual(order, [
      'looks at chat › "before all" hook for "never runs"',
      'has looked',
      'looks at mail › "after all" hook for "passes"',
      'has looked',
    ])
    assert.equal(run.counts.failed, 2)
  })

  it('are collected at a timeout', async () => {
    const { order } = await look(({ it }) => {
      it('hangs', function () {
        this.timeout(20)
        return new Promise(() => {})
      })
    })
    assert.deepEqual(order, ['looks at hangs', 'has looked'])
  })

  it('are not collected if the test passed, was skipped or is retried', async () => {
    let tries = 0
    const { order, run } = await look(({ it }) => {
      it('passes at last', function () {
        this.retries(2)
        tries += 1
        if (tries < 3) throw new Error('not yet')
      })
      it('fails at last', function () {
        this.retries(1)
        throw new Error('never')
      })
      it('skips itself', function () {
        this.skip()
      })
      it('passes', () => {})
    })
    assert.deepEqual(order, ['looks at fails at last', 'has looked'])
    assert.deepEqual(run.counts, { passed: 2, failed: 1, pending: 1 })
  })

  it('change no failure: further errors of the same test are ignored', async () => {
    const { run } = await look(({ it }) => {
      it('calls done twice', done => {
        done(new Error('first'))
        setImmediate(() => done(new Error('second')))
      })
      it('passes', () => {})
    })
    assert.deepEqual(failuresOf(run), ['first'])
    assert.deepEqual(run.counts, { passed: 1, failed: 1, pending: 0 })
  })

  it('change no failure if an uncaught error follows', async () => {
    let stray = (): void => {}
    const run = await runSuite(
      ['alice'],
      ({ it }) => {
        it('fails', () => assert.fail('first'))
        it('passes', () => {})
      },
      {},
      run => (stray = () => void run.handleUncaught(new Error('second'))),
      async () => stray(),
    )
    assert.deepEqual(failuresOf(run), ['first'])
    assert.deepEqual(run.counts, { passed: 1, failed: 1, pending: 0 })
  })
})
