import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { allDone, barrier, parallel, start, until } from '../../../src/script/index.js'
import { act, command, endOf, runTests } from './branch-suite.js'

/** Of tests that are to reach their deadline. Milliseconds. */
const SOON = 300

describe('failures of branches', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  it('report an uncaught error that ends their test, not the stops that follow', async () => {
    const goesOn = async (role: string): Promise<void> => {
      for (;;) await command(role)
    }
    const suite = await runTests(({ it }) => {
      it('goes on', () => {
        void tick(5).then(() => assert.fail('nobody waited for this'))
        return parallel({ alice: () => goesOn('alice'), bob: () => goesOn('bob') })
      })
    })
    assert.equal(endOf(suite, 'goes on').error?.message, 'nobody waited for this')
    assert.equal(suite.counts.failed, 1)
  })

  it('name the branch, the last command of each device, and only the passes of their test', async () => {
    const suite = await runTests(({ it }) => {
      it('passes first', () => parallel({ alice: () => command('alice'), carol: () => command('carol') }))
      it('fails then', () =>
        parallel({
          alice: () => until('never'),
          bob: () => command('bob').then(() => assert.fail('no')),
        }))
      it('fails alone', () => assert.fail('alone'))
    })
    const { failedBranch, lastCommands, trail } = endOf(suite, 'fails then')
    assert.equal(failedBranch, 'bob')
    assert.deepEqual(
      lastCommands?.map(({ device, command: sent }) => [device, sent]),
      [["bob's phone", 'click']],
    )
    assert.deepEqual(
      trail?.map(({ role }) => role),
      ['alice', 'alice', 'bob', 'alice'],
    )
    const alone = endOf(suite, 'fails alone')
    assert.deepEqual([alone.failedBranch, alone.lastCommands, alone.trail?.length], [undefined, undefined, 1])
  })

  it('name the failing device and list the other branches', async () => {
    const noErrors = { text: 'text', nothing: undefined, null: null, zero: 0, 'an object': { code: 1 } }
    const suite = await runTests(({ it }) => {
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
    for (const { place } of branches?.slice(0, 1) ?? []) assert.match(place ?? '', /branch-failures/)
    const inside = endOf(suite, 'fails inside')
    assert.deepEqual([inside.error?.device, inside.error?.message], ["carol's phone", 'inside'])
    assert.match(endOf(suite, 'throws text').error?.message ?? '', /"text" was thrown/)
    for (const name of Object.keys(noErrors)) {
      const { error: noError, branches: others } = endOf(suite, `throws ${name}`)
      assert.deepEqual([noError?.device, others?.[0]?.doing], ["bob's phone", 'runs'], name)
    }
  })

  it('report both errors if two fail, for any error of the test', async () => {
    const fail = (text: string): never => {
      const error = new Error(`${text}\nand more`)
      error.stack = `Error: ${text}\n    at run (/no/module.js:3:20)`
      throw error
    }
    const failLater = (text: string): Promise<never> => tick(5).then(() => fail(text))
    const hang = (): Promise<unknown> => new Promise(() => {})
    const suite = await runTests(({ it }) => {
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
    const suite = await runTests(({ it }) => {
      it('forgets', () => parallel({ alice: () => void until('never'), bob: () => tick(5) }))
      it('next', () => tick(20))
    })
    const { error } = endOf(suite, 'forgets')
    assert.equal(error?.code, 'BATON_BRANCH_STOPPED')
    assert.match(error.message, /branch-failures\S+:\d+:\d+: the branch 'alice' was stopped: it has ended/)
    assert.match(error.hint ?? '', /`await` missing before until\('never'\)/)
  })

  it('report where each branch is at a timeout, and stop all', async () => {
    let late = 0
    let commands = 0
    const suite = await runTests(({ it }) => {
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
    const suite = await runTests(({ it }) => {
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
    const suite = await runTests(({ it, beforeEach }) => {
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
})
