import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { barrier, parallel, signal, start, until, useDevice } from '../../../src/script/index.js'
import { inTest } from './module-in-process.js'

describe('signals', () => {
  it('stay set, with the latest value', () =>
    inTest(async () => {
      signal('before', 1)
      await parallel({
        alice: async () => {
          assert.equal(await until('before'), 1)
          const [first, late] = [until('now'), until('later')]
          signal('now', { any: 'thing' })
          assert.deepEqual(await first, { any: 'thing' })
          signal('now', 2)
          assert.equal(await until('now'), 2)
          assert.equal(await late, undefined)
        },
        bob: async () => {
          await tick(2)
          signal('later')
        },
      })
    }))

  it('time out, and report where each branch is', () =>
    inTest(async () => {
      await parallel({
        alice: () =>
          assert.rejects(until('x', { timeout: 5 }), {
            code: 'BATON_BRANCH_TIMEOUT',
            message:
              /until\('x'\) timed out after 5 ms, no branch has set the signal:\n {2}alice {2}waits for signal 'x' \(.*\)\n {2}bob {4}runs/,
          }),
        bob: () => tick(20),
      })
    }))
})

describe('a barrier', () => {
  it('releases all together, round after round', () =>
    inTest(async () => {
      const log: string[] = []
      const rounds = (name: string) => async (): Promise<void> => {
        for (let round = 0; round < 5; round++) {
          if (name === 'bob') await tick(1)
          log.push(`${round} comes`)
          await barrier('round')
          log.push(`${round} goes`)
        }
      }
      await parallel({ alice: rounds('alice'), bob: rounds('bob'), carol: rounds('carol') })
      for (let round = 0; round < 5; round++) {
        assert.ok(log.lastIndexOf(`${round} comes`) < log.indexOf(`${round} goes`), log.join())
      }
    }))

  it('breaks if a branch ends without reaching it, earlier or later', () =>
    inTest(async () => {
      for (const [early, late] of [
        [0, 5],
        [5, 0],
      ]) {
        await assert.rejects(
          parallel({ alice: () => tick(early).then(() => barrier('ringing')), bob: () => tick(late) }),
          {
            code: 'BATON_BARRIER_BROKEN',
            message: /barrier\('ringing'\) can't complete: the branch 'bob' \(started at .*ended without/,
          },
        )
      }
    }))

  it('waits for the named roles, in branches and in the test itself', () =>
    inTest(async () => {
      const of = ['alice', 'bob']
      await parallel({
        alice: () => barrier('x', { of }),
        bob: () => barrier('x', { of: of.toReversed() }),
        carol: () => tick(1),
      })
      const bob = start('bob', () => barrier('y', { of }))
      await barrier('y', { of })
      await bob
      await useDevice('carol')
      const refused = { code: 'BATON_BRANCH_USAGE' }
      await assert.rejects(barrier('y', { of }), {
        ...refused,
        message: /'carol' reached barrier\('y'\), which is only for alice, bob/,
      })
      await assert.rejects(barrier('y'), { ...refused, message: /outside parallel/ })
      await assert.rejects(barrier('y', { of: ['carol', 'dave'] }), { code: 'BATON_DEVICE_UNKNOWN' })
    }))

  it('keeps waiting while another branch may arrive as the missing role', () =>
    inTest(async () => {
      const of = ['alice', 'bob']
      const alice = start('alice', () => barrier('x', { of }))
      await start('bob', () => tick(1))
      await start('bob', () => barrier('x', { of }))
      await alice
      await assert.rejects(parallel({ alice: () => barrier('x', { of }), bob: () => tick(1), carol: () => tick(30) }), {
        code: 'BATON_BARRIER_BROKEN',
      })
    }))

  it('times out for its whole round; the next arrival opens another', () =>
    inTest(async () => {
      const late = { code: 'BATON_BRANCH_TIMEOUT' }
      const log: string[] = []
      await parallel({
        alice: async () => {
          await assert.rejects(barrier('x', { timeout: 5 }), late)
          await barrier('x')
          log.push('alice')
        },
        bob: async () => {
          await assert.rejects(barrier('x'), late)
          await barrier('x')
          log.push('bob')
        },
        carol: async () => {
          await tick(15)
          assert.deepEqual(log, [])
          await barrier('x')
        },
      })
      assert.deepEqual(log.toSorted(), ['alice', 'bob'])
    }))

  it('times out, and reports where each branch is', () =>
    inTest(() =>
      parallel({
        alice: () =>
          assert.rejects(barrier('x', { timeout: 5 }), {
            code: 'BATON_BRANCH_TIMEOUT',
            message: /barrier\('x'\) timed out after 5 ms, waiting for bob:\n {2}alice {2}waits at barrier 'x' for bob/,
          }),
        bob: () => tick(20),
      }),
    ))
})

describe('events of branches', () => {
  it('report each start, wait, arrival, signal and end, with branch, device and place', async () => {
    const events: ModuleEvent[] = []
    await inTest(
      () =>
        parallel({
          alice: async () => {
            await until('go')
            await barrier('both')
          },
          bob: async () => {
            await tick(1)
            signal('go')
            await tick(1)
            await barrier('both')
          },
        }),
      events,
    )
    const told = events.flatMap(event => {
      if (!('branch' in event)) return []
      assert.match(event.place ?? '', /branches-meet\.test\.(ts|js):\d+:\d+$/)
      const name = 'name' in event ? ` ${event.name}` : ''
      const missing = 'missing' in event ? ` (${event.missing.join()})` : ''
      return event.branch === '' ? [] : [`${event.branch} ${event.type}${name}${missing}`]
    })
    assert.deepEqual(told, [
      'alice branch:start',
      'alice branch:wait go',
      'bob branch:start',
      'bob signal go',
      'alice branch:resume go',
      'alice branch:wait both',
      'alice barrier:arrive both (bob)',
      'bob branch:wait both',
      'bob barrier:arrive both ()',
      'alice branch:resume both',
      'bob branch:resume both',
      'alice branch:end',
      'bob branch:end',
    ])
  })
})
