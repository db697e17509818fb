import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { allDone, barrier, parallel, signal, start, until, useDevice } from '../../../src/script/index.js'
import { act, command, endOf, runTests } from './branch-suite.js'

describe('branches in a test', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  it('refuse a value that is not a list', async () => {
    const suite = await runTests(({ it }) => {
      it('names', () => parallel(['alice', 'bob'] as never))
      it('of no list', () => parallel({ alice: () => barrier('x', { of: 'alice' as never }) }))
      it('of nobody', () => parallel({ alice: () => barrier('x', { of: [] }) }))
      it('of a stranger', () => parallel({ alice: () => barrier('x', { of: ['alice', 'bobby'] }) }))
    })
    const messageOf = (title: string): string => endOf(suite, title).error?.message ?? ''
    assert.match(messageOf('names'), /expected \[role, function\], found 'alice'/)
    assert.match(messageOf('of no list'), /barrier\('x'\): expected a list of roles in 'of', found 'alice'/)
    assert.match(messageOf('of nobody'), /expected a list of roles in 'of', found \[\]/)
    assert.match(messageOf('of a stranger'), /'bobby' in barrier\('x'\): the module has no role 'bobby'/)
  })

  it('refuse a timeout that is not a positive number', async () => {
    const suite = await runTests(({ it }) => {
      it('until', () => until('x', { timeout: -5 }))
      it('barrier', () => parallel({ alice: () => barrier('y', { timeout: Number('abc') }), bob: () => {} }))
    })
    const expected = 'expected a timeout in milliseconds, above 0, found'
    assert.match(endOf(suite, 'until').error?.message ?? '', new RegExp(`: until\\('x'\\): ${expected} -5`))
    assert.match(endOf(suite, 'barrier').error?.message ?? '', new RegExp(`barrier\\('y'\\): ${expected} NaN`))
  })

  it('can skip their test', async () => {
    const suite = await runTests(({ it }) => {
      it('skips', function () {
        return parallel({ alice: () => this.skip(), bob: () => until('never') })
      })
      it('next', () => {})
    })
    assert.deepEqual(suite.counts, { passed: 1, failed: 0, pending: 1 })
  })

  it('start again with each retry', async () => {
    let tries = 0
    const suite = await runTests(({ it }) => {
      it('flaky', async function () {
        this.retries(2)
        tries++
        await parallel({
          alice: async () => {
            await barrier('both')
            signal('try', tries)
          },
          bob: async () => {
            await barrier('both')
            assert.equal(await until('try'), tries)
            assert.equal(tries, 3)
          },
        })
      })
    })
    assert.deepEqual(suite.counts, { passed: 1, failed: 0, pending: 0 })
    assert.equal(tries, 3)
  })

  it('work in hooks; signals end with the hook', async () => {
    const seen: unknown[] = []
    const both = (): Promise<unknown> => parallel({ alice: act, bob: act }).then(values => seen.push(values))
    const suite = await runTests(({ it, before, beforeEach, afterEach, after }) => {
      before(both)
      beforeEach(() => signal('hook'))
      it('test', async () => {
        await assert.rejects(until('hook'), { code: 'BATON_DEADLOCK' })
        await both()
      })
      afterEach(both)
      after(both)
    })
    assert.deepEqual(suite.counts, { passed: 1, failed: 0, pending: 0 })
    const values = { alice: 'alice', bob: 'bob' }
    assert.deepEqual(seen, [values, values, values, values])
  })
})

describe('a branch of start', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  it('fails its test if nobody awaited it, and does not outlive it', async () => {
    let commands = 0
    const suite = await runTests(({ it }) => {
      it('forgets one that runs', async () => {
        start('bob', async () => {
          for (;;) {
            await command('bob')
            commands++
          }
        })
        await tick(5)
      })
      it('next', async () => {
        const before = commands
        await tick(10)
        assert.equal(commands, before)
        await command('bob')
      })
      it('forgets one that has ended', async () => {
        start('bob', () => {})
        await tick(1)
      })
      it('forgets one that failed', async () => {
        start('carol', () => Promise.reject(new Error('lost')))
        await tick(1)
      })
      it('forgets to await parallel', () => {
        void parallel({ alice: () => until('never'), bob: () => tick(1) }).catch(() => {})
      })
      it('forgets one in a branch', () => parallel({ alice: () => void start('carol', () => tick(50)) }))
      it('fails by itself, and that counts', () => {
        start('bob', () => until('never'))
        throw new Error('mine')
      })
    })
    for (const [title, role] of [
      ['forgets one that runs', 'bob'],
      ['forgets one that has ended', 'bob'],
      ['forgets one that failed', 'carol'],
      ['forgets to await parallel', 'alice'],
      ['forgets one in a branch', 'alice › carol'],
    ] as const) {
      const { error } = endOf(suite, title)
      assert.equal(error?.code, 'BATON_BRANCH_NOT_AWAITED', title)
      assert.match(
        error.message,
        new RegExp(`(start|parallel)\\(\\) of '${role}' \\(.*branches-in-tests.*\\d+\\) was not awaited`),
      )
    }
    for (const title of ['forgets one that runs', 'forgets one in a branch'])
      assert.match(endOf(suite, title).error?.stack ?? '', /^ {4}at \S+branches-in-tests\S+$/, "the user's line only")
    assert.match(endOf(suite, 'forgets one that failed').error?.stack ?? '', /Caused by: Error: lost/)
    assert.equal(endOf(suite, 'fails by itself, and that counts').error?.message, 'mine')
    assert.deepEqual(suite.counts, { passed: 1, failed: 6, pending: 0 })
  })

  it('passes its value or error to its handle and to allDone', async () => {
    const suite = await runTests(({ it }) => {
      it('value', async () => {
        const bob = start('bob', () => tick(2, 'done'))
        await useDevice('carol')
        assert.equal(act(), 'carol')
        assert.equal(await bob, 'done')
        assert.equal(await bob, 'done')
      })
      it('error', async () => {
        const bob = start('bob', () => Promise.reject(new Error('of bob')))
        await tick(2)
        await assert.rejects(async () => await bob, /of bob/)
      })
      it('all', async () => {
        const done: string[] = []
        start('bob', () => tick(4).then(() => done.push('bob')))
        start('carol', () => tick(1).then(() => done.push('carol')))
        await allDone()
        assert.deepEqual(done.toSorted(), ['bob', 'carol'])
        await allDone()
      })
      it('all, of which one fails', async () => {
        await parallel({ alice: () => tick(1), bob: () => tick(1) })
        await start('carol', () => tick(1))
        const lost = start('alice', () => Promise.reject(new Error('known')))
        await assert.rejects(async () => await lost)
        await allDone()
        start('bob', () => until('never'))
        start('carol', () => tick(1).then(() => Promise.reject(new Error('of carol'))))
        await allDone()
      })
      it('handles of two that wait for one another', async () => {
        const bob = start('bob', () => until('never'))
        const carol = start('carol', async () => await bob)
        await carol
      })
      it('one that is gone while the test waits for its signal', async () => {
        start('bob', () => Promise.reject(new Error('of bob')))
        await until('from bob')
      })
    })
    assert.deepEqual(suite.counts, { passed: 3, failed: 3, pending: 0 })
    const place = String.raw`\(\S*branches-in-tests\S*:\d+:\d+\)`
    assert.match(
      endOf(suite, 'handles of two that wait for one another').error?.message ?? '',
      new RegExp(
        `the test +waits for carol ${place}\n +bob +waits for signal 'never' ${place}\n +carol +waits for bob ${place}`,
      ),
    )
    const { error, branches } = endOf(suite, 'all, of which one fails')
    assert.deepEqual([error?.message, error?.device], ['of carol', "carol's phone"])
    assert.deepEqual(
      branches?.map(({ branch, doing }) => [branch, doing]),
      [['bob', "waits for signal 'never'"]],
    )
    const gone = endOf(suite, 'one that is gone while the test waits for its signal').error
    assert.equal(gone?.code, 'BATON_DEADLOCK')
    assert.match(gone.stack ?? '', /Caused by: Error: of bob/)
  })
})
