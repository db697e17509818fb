import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { setTimeout as tick } from 'node:timers/promises'
import { activeDevice } from '../../../src/script/active-device.js'
import { useDevice } from '../../../src/script/use-device.js'
import { contextOf, runAsTest, runSuite } from './module-in-process.js'

const roles = ['alice', 'bob', 'carol', 'xalice', 'xbob']
const who = (): string => activeDevice().role
const inTest = (body: () => Promise<void>): Promise<void> => runAsTest(contextOf(roles), body)

const callsLate = async (name = 'bob'): Promise<void> => {
  await tick(1)
  await useDevice(name)
  await tick(1)
}
const callsAtOnce = async (name = 'bob'): Promise<void> => {
  await useDevice(name)
  await tick(1)
}

describe('active device', () => {
  it('starts as the first role', () =>
    inTest(async () => {
      assert.equal(who(), 'alice')
    }))

  it('changes for the next statement, across awaits, and again', () =>
    inTest(async () => {
      await useDevice('bob')
      assert.equal(who(), 'bob')
      await tick(2)
      assert.equal(who(), 'bob')
      await useDevice('alice')
      await Promise.resolve()
      assert.equal(who(), 'alice')
    }))

  it('changes even if useDevice is not awaited', () =>
    inTest(async () => {
      void useDevice('bob')
      assert.equal(who(), 'bob')
    }))

  it('returns the browser of the role', () =>
    inTest(async () => {
      assert.equal((await useDevice('carol')).sessionId, 'carol')
    }))

  it('is the one that a helper chose at once', () =>
    inTest(async () => {
      await callsAtOnce()
      assert.equal(who(), 'bob')
    }))

  it('is the one that a helper chose after an await', () =>
    inTest(async () => {
      await useDevice('alice')
      await callsLate()
      assert.equal(who(), 'bob')
    }))

  it('is the one that a helper of a helper chose', () =>
    inTest(async () => {
      const deep = async (): Promise<void> => {
        await tick(1)
        await useDevice('alice')
        await callsLate()
        assert.equal(who(), 'bob')
      }
      await useDevice('carol')
      await deep()
      assert.equal(who(), 'bob')
    }))

  it('follows a loop', () =>
    inTest(async () => {
      for (const name of ['alice', 'bob', 'carol', 'alice']) {
        await useDevice(name)
        await tick(1)
        assert.equal(who(), name)
      }
    }))

  it('is known in timers and emitters', () =>
    inTest(async () => {
      await useDevice('bob')
      assert.equal(await new Promise(resolve => setTimeout(() => resolve(who()), 1)), 'bob')
      const emitter = new EventEmitter()
      let seen
      emitter.on('x', () => (seen = who()))
      await useDevice('carol')
      emitter.emit('x')
      assert.equal(seen, 'carol')
    }))
})

describe('active device: callback form', () => {
  it('applies inside the callback only', () =>
    inTest(async () => {
      const value = await useDevice('bob', async browser => {
        assert.equal(browser.sessionId, 'bob')
        await tick(1)
        return who()
      })
      assert.equal(value, 'bob')
      assert.equal(who(), 'alice')
    }))

  it('is restored if the callback throws, at once or later', () =>
    inTest(async () => {
      await assert.rejects(
        useDevice('bob', () => Promise.reject(new Error('later'))),
        /later/,
      )
      await assert.rejects(
        useDevice('bob', () => {
          throw new Error('at once')
        }),
        /at once/,
      )
      assert.equal(who(), 'alice')
    }))

  it('keeps choices inside the callback to itself', () =>
    inTest(async () => {
      await useDevice('bob', async () => {
        await callsLate('carol')
        assert.equal(who(), 'carol')
        await useDevice('xbob')
      })
      assert.equal(who(), 'alice')
    }))

  it('can be nested, and run at the same time', () =>
    inTest(async () => {
      await useDevice('bob', async () => {
        await Promise.all([
          useDevice('carol', async () => {
            await tick(2)
            assert.equal(who(), 'carol')
          }),
          useDevice('xbob', async () => {
            await tick(1)
            assert.equal(who(), 'xbob')
          }),
        ])
        assert.equal(who(), 'bob')
      })
      assert.equal(who(), 'alice')
    }))
})

describe('active device: functions that run at the same time', () => {
  const branchOf = async (name: string, late: boolean): Promise<void> => {
    if (late) await tick(1)
    await useDevice(name)
    for (let step = 0; step < 4; step++) {
      await tick(1 + (step % 2))
      assert.equal(who(), name)
    }
  }
  for (const late of [false, true]) {
    it(`each with its own useDevice, ${late ? 'after an await' : 'at once'}, don't disturb one another`, () =>
      inTest(async () => {
        await Promise.all(['alice', 'bob', 'carol'].map(name => branchOf(name, late)))
      }))
  }

  it('keep what their helpers chose', () =>
    inTest(async () => {
      const helped = async (name: string): Promise<void> => {
        await useDevice(name)
        await tick(1)
        await callsLate(`x${name}`)
        await tick(2)
        assert.equal(who(), `x${name}`)
      }
      await Promise.all(['alice', 'bob'].map(helped))
    }))

  it('leave their caller on one of their choices, until it makes its own', () =>
    inTest(async () => {
      await Promise.all([callsLate('bob'), callsLate('carol')])
      assert.ok(['bob', 'carol'].includes(who()))
      await useDevice('alice')
      assert.equal(who(), 'alice')
    }))

  it("don't affect a caller before they call useDevice", () =>
    inTest(async () => {
      await useDevice('alice')
      const helper = callsLate()
      assert.equal(who(), 'alice')
      await helper
    }))
})

describe('active device: hooks and tests', () => {
  it('passes from before to the tests, whichever run', async () => {
    for (const options of [{}, { grep: 'second' }]) {
      const seen: string[] = []
      const { counts } = await runSuite(
        roles,
        ({ describe, it, before }) => {
          describe('suite', () => {
            before(async () => {
              await tick(1)
              await useDevice('bob')
            })
            it('first', async () => {
              seen.push(`first ${who()}`)
              await useDevice('carol')
            })
            it('second', () => void seen.push(`second ${who()}`))
            describe('nested', () => {
              before(() => useDevice('xbob').then(() => {}))
              it('second of nested', () => void seen.push(`nested ${who()}`))
            })
          })
          describe('other', () => {
            it('second', () => void seen.push(`other ${who()}`))
          })
        },
        options,
      )
      assert.equal(counts.failed, 0)
      const all = ['first bob', 'second bob', 'nested xbob', 'other alice']
      assert.deepEqual(seen, options.grep === undefined ? all : all.slice(1))
    }
  })

  it('passes from beforeEach to the test to afterEach, no further', async () => {
    const seen: string[] = []
    await runSuite(roles, ({ describe, it, beforeEach, afterEach, after }) => {
      describe('suite', () => {
        beforeEach(async () => {
          seen.push(`beforeEach ${who()}`)
          await useDevice('bob')
        })
        afterEach(() => void seen.push(`afterEach ${who()}`))
        after(() => void seen.push(`after ${who()}`))
        it('one', async () => {
          seen.push(`one ${who()}`)
          await callsLate('carol')
        })
        it('two', () => void seen.push(`two ${who()}`))
      })
    })
    assert.deepEqual(seen, [
      'beforeEach alice',
      'one bob',
      'afterEach carol',
      'beforeEach alice',
      'two bob',
      'afterEach bob',
      'after alice',
    ])
  })

  it('is the same for each try of a test with retries', async () => {
    const seen: string[] = []
    const { counts, events } = await runSuite(roles, ({ describe, it }) => {
      describe('suite', () => {
        it('flaky', async function () {
          this.retries(2)
          seen.push(who())
          await useDevice('bob')
          if (seen.length < 3) throw new Error('not yet')
        })
      })
    })
    assert.deepEqual(seen, ['alice', 'alice', 'alice'])
    assert.deepEqual(counts, { passed: 1, failed: 0, pending: 0 })
    const ends = events.filter(event => event.type === 'test:end')
    assert.deepEqual(
      ends.map(end => [end.state, end.retry, end.willRetry ?? false]),
      [
        ['failed', 0, true],
        ['failed', 1, true],
        ['passed', 2, false],
      ],
    )
  })

  it('works in tests that take a callback', async () => {
    const { counts } = await runSuite(roles, ({ it }) => {
      it('calls back', done => {
        void useDevice('bob').then(() =>
          setTimeout(() => {
            done(who() === 'bob' ? undefined : new Error(who()))
          }, 1),
        )
      })
    })
    assert.deepEqual(counts, { passed: 1, failed: 0, pending: 0 })
  })
})
