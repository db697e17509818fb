import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { sendCommand } from '../../../src/script/command-interceptor.js'
import { activeDevice, allDone, barrier, parallel, signal, start, until, useDevice } from '../../../src/script/index.js'
import type { TestRun } from '../../../src/script/test-run.js'
import { runSuite, type Interface, type SuiteRun } from './module-in-process.js'

const roles = ['alice', 'bob', 'carol']
const act = (): string => activeDevice().role
const command = (role: string): Promise<void> => sendCommand({ role, command: 'click', args: [] }, () => tick(1))

type TestEnd = Extract<ModuleEvent, { type: 'test:end' }>

function endOf({ events }: SuiteRun, title: string): TestEnd {
  const end = events.findLast(event => event.type === 'test:end' && event.title.at(-1) === title)
  assert.ok(end?.type === 'test:end', `${title} has ended`)
  return end
}

/** Of tests that are to reach their deadline. Milliseconds. */
const SOON = 300

/** Runs tests as a worker does, which also takes what nobody catches. */
async function run(define: (names: Interface) => void): Promise<SuiteRun> {
  let suite: TestRun | undefined
  const take = (error: unknown): void => void suite?.handleUncaught(error)
  const [mochas] = [process.listeners('unhandledRejection')]
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', take)
  try {
    return await runSuite(roles, define, { timeoutMs: 10_000 }, created => (suite = created))
  } finally {
    process.removeListener('unhandledRejection', take)
    for (const listener of mochas) process.on('unhandledRejection', listener)
  }
}

describe('branches in a test', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  it('report an uncaught error that ends their test, not the stops that follow', async () => {
    const goesOn = async (role: string): Promise<void> => {
      for (;;) await command(role)
    }
    const suite = await run(({ it }) => {
      it('goes on', () => {
        void tick(5).then(() => assert.fail('nobody waited for this'))
        return parallel({ alice: () => goesOn('alice'), bob: () => goesOn('bob') })
      })
    })
    assert.equal(endOf(suite, 'goes on').error?.message, 'nobody waited for this')
    assert.equal(suite.counts.failed, 1)
  })

  it('name the failing device and list the other branches', async () => {
    const noErrors = { text: 'text', nothing: undefined, null: null, zero: 0, 'an object': { code: 1 } }
    const suite = await run(({ it }) => {
      it('fails', () =>
        parallel({
          alice: () => until('never'),
          bob: () => tick(2).then(() => assert.equal(1, 2)),
          carol: () => tick(5),
        }))
      it('fails inside', () =>
        parallel({ alice: () => parallel({ carol: () => Promise.reject(new Error('inside')) }), bob: () => tick(5) }))
      for (const [name, thrown] of Object.entries(noErrors))
        it(`throws ${name}`, () => parallel({ bob: () => Promise.reject(thrown), alice: () => tick(5) }))
    })
    const { error, branches } = endOf(suite, 'fails')
    assert.deepEqual([error?.device, error?.expected, error?.actual], ["bob's phone", '2', '1'])
    assert.deepEqual(
      branches?.map(({ branch, doing }) => [branch, doing]),
      [
        ['alice', "waits for signal 'never'"],
        ['carol', 'runs'],
      ],
      'where they were then, not how they ended',
    )
    for (const { place } of branches?.slice(0, 1) ?? []) assert.match(place ?? '', /branches-in-tests/)
    const inside = endOf(suite, 'fails inside')
    assert.deepEqual([inside.error?.device, inside.error?.message], ["carol's phone", 'inside'])
    assert.match(endOf(suite, 'throws text').error?.message ?? '', /"text" was thrown/)
    for (const name of Object.keys(noErrors)) {
      const { error: noError, branches: others } = endOf(suite, `throws ${name}`)
      assert.deepEqual([noError?.device, others?.[0]?.doing], ["bob's phone", 'runs'], name)
    }
  })

  it('refuse a list that is not one', async () => {
    const suite = await run(({ it }) => {
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
    const suite = await run(({ it }) => {
      it('until', () => until('x', { timeout: -5 }))
      it('barrier', () => parallel({ alice: () => barrier('y', { timeout: Number('abc') }), bob: () => {} }))
    })
    const expected = 'expected a timeout in milliseconds, above 0, found'
    assert.match(endOf(suite, 'until').error?.message ?? '', new RegExp(`: until\\('x'\\): ${expected} -5`))
    assert.match(endOf(suite, 'barrier').error?.message ?? '', new RegExp(`barrier\\('y'\\): ${expected} NaN`))
  })

  it('report both errors if two fail, for any error of the test', async () => {
    const fail = (text: string): never => {
      const error = new Error(`${text}\nand more`)
      error.stack = `Error: ${text}\n    at run (/no/module.js:3:20)`
      throw error
    }
    const failLater = (text: string): Promise<never> => tick(5).then(() => fail(text))
    const hang = (): Promise<unknown> => new Promise(() => {})
    const suite = await run(({ it }) => {
      it('fails twice', () => parallel({ alice: () => tick(1).then(() => fail('A')), bob: () => failLater('bob') }))
      it('stops inside', () =>
        parallel({ alice: () => parallel({ carol: () => until('never') }), bob: () => failLater('B') }))
      it('hangs in parallel', function () {
        this.timeout(SOON)
        return parallel({ bob: () => fail('bob'), alice: hang })
      })
      it('hangs in allDone', async function () {
        this.timeout(SOON)
        start('bob', () => fail('bob'))
        start('alice', hang)
        await allDone()
      })
      it('hangs in a handle', async function () {
        this.timeout(SOON)
        const alice = start('alice', hang)
        const bob = start('bob', () => fail('bob'))
        await alice
        await bob
      })
      it('fails before it awaits', async () => {
        const bob = start('bob', () => fail('bob'))
        await tick(1)
        assert.fail('mine')
        await bob
      })
    })
    const bobFailed = { branch: 'bob', device: "bob's phone", doing: 'failed: Error: bob', place: '/no/module.js:3:20' }
    for (const title of ['hangs in parallel', 'hangs in allDone', 'hangs in a handle']) {
      const { error, branches } = endOf(suite, title)
      assert.match(error?.message ?? '', /Timeout of 300ms/)
      assert.match(error?.stack ?? '', /Caused by: Error: bob/, title)
      assert.deepEqual(
        branches?.filter(({ branch }) => branch === 'bob'),
        [bobFailed],
        title,
      )
    }
    const own = endOf(suite, 'fails before it awaits')
    assert.deepEqual([own.error?.message, own.branches], ['mine', [bobFailed]])
    const twice = endOf(suite, 'fails twice')
    assert.deepEqual([twice.error?.device, twice.branches], ["alice's phone", [bobFailed]])
    assert.deepEqual(
      endOf(suite, 'stops inside').branches?.map(({ branch, doing }) => [branch, doing]),
      [
        ['alice', 'waits for carol'],
        ['alice › carol', "waits for signal 'never'"],
      ],
    )
  })

  it('report where an await of until() is missing', async () => {
    const suite = await run(({ it }) => {
      it('forgets', () => parallel({ alice: () => void until('never'), bob: () => tick(5) }))
      it('next', () => tick(20))
    })
    const { error } = endOf(suite, 'forgets')
    assert.equal(error?.code, 'BATON_BRANCH_STOPPED')
    assert.match(error.message, /branches-in-tests\S+:\d+:\d+: the branch 'alice' was stopped: it has ended/)
    assert.match(error.hint ?? '', /`await` missing before until\('never'\)/)
  })

  it('report where each branch is at a timeout, and stop all', async () => {
    let late = 0
    let commands = 0
    const suite = await run(({ it }) => {
      it('hangs', function () {
        this.timeout(SOON)
        return parallel({
          alice: () => barrier('both'),
          bob: async () => {
            for (;;) {
              await command('bob')
              commands++
            }
          },
        })
      })
      it('next', async () => {
        late = commands
        await parallel({ alice: () => tick(20), bob: () => command('bob') })
        assert.equal(commands, late)
        assert.equal(act(), 'alice')
      })
    })
    const { error, branches } = endOf(suite, 'hangs')
    assert.match(error?.message ?? '', /Timeout of 300ms/)
    assert.deepEqual(
      branches?.map(({ branch, doing }) => [branch, doing]),
      [
        ['alice', "waits at barrier 'both' for bob"],
        ['bob', 'in click'],
      ],
    )
    assert.ok(late > 0)
    assert.deepEqual(suite.counts, { passed: 1, failed: 1, pending: 0 })
    assert.deepEqual(suite.run.stillRunning(), [])
  })

  it('report waiting branches at a timeout, and emit no further failure', async () => {
    const refused: unknown[] = []
    const suite = await run(({ it }) => {
      it('hangs', function () {
        this.timeout(SOON)
        return parallel({
          alice: () => until('never').catch((error: { code?: unknown }) => refused.push(error.code)),
          bob: () => new Promise(() => {}),
        })
      })
      it('next', () => assert.deepEqual(refused, ['BATON_TEST_OVER']))
    })
    assert.deepEqual(suite.counts, { passed: 1, failed: 1, pending: 0 })
    assert.equal(suite.run.stillRunning().length, 1)
  })

  it('fail at once in a deadlock', async () => {
    const suite = await run(({ it, beforeEach }) => {
      beforeEach(() => tick(1))
      it('stuck', () => parallel({ alice: () => until('a'), bob: () => until('b') }))
      it('stuck after a change of its deadline', async function () {
        await tick(1)
        this.timeout(9_000)
        await parallel({ alice: () => until('a'), bob: () => until('b') })
      })
    })
    for (const title of ['stuck', 'stuck after a change of its deadline']) {
      const { error, durationMs } = endOf(suite, title)
      assert.equal(error?.code, 'BATON_DEADLOCK', title)
      assert.ok(durationMs < 8_000, `${durationMs} ms`)
    }
  })

  it('can skip their test', async () => {
    const suite = await run(({ it }) => {
      it('skips', function () {
        return parallel({ alice: () => this.skip(), bob: () => until('never') })
      })
      it('next', () => {})
    })
    assert.deepEqual(suite.counts, { passed: 1, failed: 0, pending: 1 })
  })

  it('start again with each retry', async () => {
    let tries = 0
    const suite = await run(({ it }) => {
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
    const suite = await run(({ it, before, beforeEach, afterEach, after }) => {
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
    const suite = await run(({ it }) => {
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
      assert.equal(endOf(suite, title).error?.stack, undefined, "no frames of Baton's own")
    assert.match(endOf(suite, 'forgets one that failed').error?.stack ?? '', /Caused by: Error: lost/)
    assert.equal(endOf(suite, 'fails by itself, and that counts').error?.message, 'mine')
    assert.deepEqual(suite.counts, { passed: 1, failed: 6, pending: 0 })
  })

  it('passes its value or error to its handle and to allDone', async () => {
    const suite = await run(({ it }) => {
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
        assert.deepEqual(done, ['carol', 'bob'])
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
