import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { activeDevice } from '../../../src/script/active-device.js'
import type { TestRun } from '../../../src/script/test-run.js'
import { useDevice } from '../../../src/script/use-device.js'
import { contextOf, runAsTest, runSuite } from './module-in-process.js'

const roles = ['a', 'b', 'c', 'd', 'e', 'f', 'xa', 'xb']
const act = (): string => activeDevice().role
const inTest = (body: () => Promise<void>): Promise<void> => runAsTest(contextOf(roles), body)

const late = async (name: string): Promise<void> => {
  await tick(1)
  await useDevice(name)
  act()
  await tick(1)
  act()
}
const atOnce = async (name: string): Promise<void> => {
  await useDevice(name)
  act()
  await tick(1)
  act()
}

describe('a shared baton', () => {
  const shared = { code: 'BATON_SHARED_BATON' }

  it('is refused if code without its own useDevice acts alongside code that has one', () =>
    inTest(async () => {
      await useDevice('a')
      const without = async (): Promise<void> => {
        for (let step = 0; step < 8; step++) {
          await tick(1)
          act()
        }
      }
      const results = await Promise.allSettled([without(), atOnce('b').then(() => late('c'))])
      const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
      assert.deepEqual(
        errors.map(error => error.code),
        ['BATON_SHARED_BATON'],
      )
    }))

  it('is refused if such code starts in the same tick', () =>
    inTest(async () => {
      await useDevice('a')
      const without = async (): Promise<void> => {
        act()
        await tick(1)
        act()
      }
      const results = await Promise.allSettled([atOnce('b'), without()])
      assert.deepEqual(
        results.map(result => result.status === 'rejected' && (result.reason as { code?: unknown }).code),
        ['BATON_SHARED_BATON', 'BATON_SHARED_BATON'],
      )
    }))

  it('is refused if a helper is not awaited', () =>
    inTest(async () => {
      await useDevice('a')
      const background = (async () => {
        await tick(1)
        await useDevice('b')
        await tick(5)
        act()
      })()
      await tick(3)
      act()
      await assert.rejects(background, shared)
    }))
})

describe('no false alarm about a shared baton', () => {
  it('for helpers at once, late, deep, in a row', () =>
    inTest(async () => {
      await useDevice('a')
      await late('b')
      assert.equal(act(), 'b')
      await atOnce('c')
      assert.equal(act(), 'c')
      await (async () => {
        await tick(1)
        await late('d')
        assert.equal(act(), 'd')
        await atOnce('e')
        assert.equal(act(), 'e')
      })()
      assert.equal(act(), 'e')
      await useDevice('f')
      assert.equal(act(), 'f')
    }))

  it('for a long loop of helpers', () =>
    inTest(async () => {
      for (let turn = 0; turn < 100; turn++) {
        const name = roles[turn % 6] ?? 'a'
        await (turn % 2 ? late : atOnce)(name)
        assert.equal(act(), name)
      }
    }))

  it('for functions that each call useDevice, and their helpers', () =>
    inTest(async () => {
      await Promise.all(
        ['a', 'b'].map(async name => {
          await atOnce(name)
          assert.equal(act(), name)
          await late(`x${name}`)
          assert.equal(act(), `x${name}`)
        }),
      )
      await useDevice('c')
      assert.equal(act(), 'c')
    }))

  it('for a background poll on its own device', () =>
    inTest(async () => {
      const stop = new AbortController()
      const poll = (async () => {
        await useDevice('f')
        while (!stop.signal.aborted) {
          assert.equal(act(), 'f')
          await tick(1)
        }
      })()
      await useDevice('a')
      assert.equal(act(), 'a')
      await tick(4)
      assert.equal(act(), 'a')
      stop.abort()
      await poll
    }))

  it('for the callback form alongside other code', () =>
    inTest(async () => {
      const lent = useDevice('b', async () => {
        for (let step = 0; step < 4; step++) {
          await tick(1)
          assert.equal(act(), 'b')
        }
      })
      for (let step = 0; step < 4; step++) {
        await tick(1)
        assert.equal(act(), 'a')
      }
      await lent
    }))
})

describe('a test that is over', () => {
  it('can neither send commands nor call useDevice, and disturbs no other test', async () => {
    const refused: unknown[] = []
    const seen: string[] = []
    let start = (): void => {}
    const nextStarted = new Promise<void>(resolve => (start = resolve))
    let rest: Promise<void> | undefined
    const { counts } = await runSuite(roles, ({ it }) => {
      it('goes on after its timeout', function () {
        this.timeout(20)
        rest = (async () => {
          await nextStarted
          for (const attempt of [act, () => useDevice('b')]) {
            try {
              await attempt()
            } catch (error) {
              refused.push((error as { code?: unknown }).code)
            }
          }
        })()
        return rest
      })
      it('next', async () => {
        start()
        await rest
        seen.push(act())
      })
    })
    assert.deepEqual(refused, ['BATON_TEST_OVER', 'BATON_TEST_OVER'])
    assert.deepEqual(counts, { passed: 1, failed: 1, pending: 0 })
    assert.deepEqual(seen, ['a'])
  })

  it('is blamed for a command that it did not await', async () => {
    let run: TestRun | undefined
    let start = (): void => {}
    const nextStarted = new Promise<void>(resolve => (start = resolve))
    let rest: Promise<void> | undefined
    const { counts, events } = await runSuite(
      roles,
      ({ it }) => {
        it('forgets an await', () => {
          rest = nextStarted.then(() => void act()).catch((error: unknown) => void run?.handleUncaught(error))
        })
        it('next', async () => {
          start()
          await rest
        })
      },
      {},
      created => (run = created),
    )
    assert.deepEqual(counts, { passed: 1, failed: 1, pending: 0 })
    const failed = events.filter(event => event.type === 'test:end' && event.state === 'failed')
    assert.deepEqual(failed.length, 1)
    assert.equal(failed[0]?.type === 'test:end' && failed[0].title[0], 'forgets an await')
  })
})
