import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RunAttempt } from '../../../src/host/attempt/attempt.js'
import { readDeviceHistory } from '../../../src/lease/device-history.js'
import { limits } from '../../../src/lease/protocol/limits.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

describe('the history of a device', () => {
  it('has the modules that had it, with role, host, times, outcome and reason, and its failures', async () => {
    await using farm = await AllocationFarm.start()
    const runAttempt: RunAttempt = async ({ module, grant, attempt, infraFailures }) => {
      const reusable = Object.values(grant.devices).map(granted => granted.device)
      if (module.module === 'broken' && infraFailures.length === 0) {
        return { verdict: 'infrastructure', reason: `b1: \u{1F600}\uD83D ${'x'.repeat(5000)}`, reusable }
      }
      return { verdict: module.module === 'fails' && attempt === 1 ? 'failed' : 'passed', reusable }
    }
    await farm.host('h1', [device('a1', 'android')], { runAttempt })
    await farm.host('h2', [device('b1', 'ios')], { runAttempt })
    await farm.untilIdle(['a1', 'b1'])
    const startedAt = Date.now()
    for (const id of ['fails', 'broken']) {
      const queues = await farm.submit(id, [{ id, needs: { alice: 'android', bob: 'ios' } }], { retries: 1 })
      await farm.results(id, queues, 1)
      await farm.untilIdle(['a1', 'b1'])
    }
    for (const name of ['a1', 'b1']) {
      const { sessions, failures, states } = await farm.registry.deviceHistory(name)
      const role = name === 'a1' ? 'alice' : 'bob'
      assert.deepEqual(
        sessions.map(each => [each.run, each.file, each.role, each.outcome]),
        [
          ['fails', 'fails.ts', role, 'failed'],
          ['fails', 'fails.ts', role, 'passed'],
          ['broken', 'broken.ts', role, 'infrastructure'],
          ['broken', 'broken.ts', role, 'passed'],
        ],
      )
      for (const { lead, from, to } of sessions) {
        assert.match(lead, /^h[12]$/)
        assert.ok(from >= startedAt - 1_000 && from <= to, `${from} ${to}`)
      }
      assert.deepEqual(
        failures.map(({ run, file }) => [run, file]),
        [['broken', 'broken.ts']],
      )
      assert.match(failures[0]?.reason ?? '', /^b1: \u{1F600}\uFFFD x{400,500}$/u)
      assert.equal(sessions[2]?.reason, failures[0]?.reason)
      assert.deepEqual(states, [{ at: states[0]?.at, state: 'checking', reason: '' }])
    }
  })

  it('has what a dead host and an ended run left, is bounded, and goes with its host', async () => {
    await using farm = await AllocationFarm.start()
    let start = (): void => {}
    let started = new Promise<void>(resolve => (start = resolve))
    const runAttempt: RunAttempt = async (_, signal) => {
      start()
      await once(signal, 'abort')
      return { verdict: 'interrupted', cancelled: 'its run was stopped', reusable: ['a1'] }
    }
    const host = await farm.host('h1', [device('a1')], { runAttempt })
    await farm.untilIdle(['a1'])
    await farm.submit('stopped', [{ id: 'm', needs: { a: 'name=a1' } }])
    await started
    await farm.runs.cancel('stopped', 'stopped by ann')
    await farm.untilIdle(['a1'])
    started = new Promise<void>(resolve => (start = resolve))
    await farm.submit('second', [{ id: 'm', needs: { a: 'name=a1' } }])
    await started
    // A newer process takes its name, as after a SIGKILL.
    await farm.host('h1', [device('a1')])
    const { sessions, failures } = await farm.registry.deviceHistory('a1')
    assert.deepEqual(
      sessions.slice(0, 2).map(({ run, outcome, reason }) => [run, outcome, reason]),
      [
        ['stopped', 'interrupted', 'stopped by ann'],
        ['second', 'infrastructure', 'host h1 was started again'],
      ],
    )
    assert.deepEqual(
      failures.map(({ run, reason }) => [run, reason]),
      [['second', 'host h1 was started again']],
    )
    await host.stop()

    await farm.untilIdle(['a1'])
    const count = 3 * (limits.deviceSessions + 100)
    const queues = await farm.submit(
      'many',
      Array.from({ length: count }, (_, i) => ({ id: `m${i}`, needs: { a: 'name=a1' } })),
    )
    await farm.results('many', queues, count)
    const { length } = (await farm.registry.deviceHistory('a1')).sessions
    assert.ok(length >= limits.deviceSessions && length < count / 2, `${length}`)

    const keys = async (): Promise<string[]> => (await farm.redis.keys(`${farm.prefix}:device*:a1`)).toSorted()
    assert.equal((await keys()).length, 3)
    await farm.host('h1', [])
    const left = await keys()
    assert.equal(left.length, 2)
    for (const key of left) assert.ok((await farm.redis.pttl(key)) > limits.deviceHistoryMs / 2, key)
    await farm.host('h1', [device('a1')])
    for (const key of await keys()) assert.equal(await farm.redis.pttl(key), -1, key)
  })

  it('has no failure if a module has its result, and only the release of its devices is missing', async () => {
    await using farm = await AllocationFarm.start()
    let start = (): void => {}
    const started = new Promise<void>(resolve => (start = resolve))
    const runAttempt: RunAttempt = async (_, signal) => {
      start()
      await once(signal, 'abort')
      return { verdict: 'interrupted', cancelled: 'its host was replaced', reusable: [] }
    }
    await farm.host('h1', [device('a1')], { runAttempt })
    const [queue = ''] = await farm.submit('done', [{ id: 'm', needs: { a: 'name=a1' } }])
    await started
    // As BullMQ leaves it once it has the result.
    assert.equal(await farm.redis.del(`${farm.prefix}:${queue}:active`), 1)
    await farm.host('h1', [device('a1')])
    await farm.untilIdle(['a1'])
    const { sessions, failures } = await farm.registry.deviceHistory('a1')
    assert.deepEqual([sessions, failures], [[], []])
  })

  it('leaves out entries that Baton did not write', () => {
    const fields = [
      'run',
      'r',
      'file',
      'f',
      'role',
      'a',
      'lead',
      'h',
      'granted',
      '5',
      'outcome',
      'passed',
      'reason',
      '',
    ]
    const changed = (name: string, value: string): string[] =>
      fields.map((text, at) => (fields[at - 1] === name && at % 2 === 1 ? value : text))
    const hostile = [[], ['state'], changed('outcome', 'won'), changed('granted', 'x'), ['__proto__', 'x', 'run', 'r']]
    assert.deepEqual(
      readDeviceHistory(
        [
          ['7-0', ['state', 'offline', 'reason', 'gone', 'more', 'x']],
          ...hostile.map(each => ['1-0', each] as [string, string[]]),
        ],
        [['9-1', fields], ...hostile.map(each => ['1-0', each] as [string, string[]])],
      ),
      {
        states: [{ at: 7, state: 'offline', reason: 'gone' }],
        sessions: [{ from: 5, to: 9, run: 'r', file: 'f', role: 'a', lead: 'h', outcome: 'passed', reason: '' }],
        failures: [],
      },
    )
  })
})
