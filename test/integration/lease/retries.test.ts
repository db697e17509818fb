import assert from 'node:assert/strict'
import type { AttemptOutcome } from '../../../src/host/attempt/judge-attempt.js'
import type { AttemptTask } from '../../../src/host/attempt/attempt.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const devicesOf = ({ grant }: AttemptTask): string[] => Object.values(grant.devices).map(each => each.device)

const kept: AttemptOutcome = { verdict: 'infrastructure', reason: 'its session ended' }

/** Ends a module's first attempts with a given outcome, and records which devices each attempt had. */
class Failing {
  readonly attempts: string[][] = []

  constructor(
    private readonly module: string,
    private readonly failures: number,
    private readonly during: (task: AttemptTask) => Promise<void> = () => Promise.resolve(),
    private readonly end: AttemptOutcome = { verdict: 'failed' },
  ) {}

  readonly runAttempt = async (task: AttemptTask): Promise<AttemptOutcome> => {
    const reusable = devicesOf(task)
    if (task.module.module !== this.module) {
      await this.during(task)
      return { verdict: 'passed', reusable }
    }
    this.attempts.push(reusable.toSorted())
    await this.during(task)
    return { ...(this.attempts.length > this.failures ? { verdict: 'passed' } : this.end), reusable }
  }
}

function signal(): { sent: Promise<void>; send: () => void } {
  let send = (): void => {}
  const sent = new Promise<void>(resolve => (send = resolve))
  return { sent, send }
}

/** Where devices with the labels x and y are wanted by others too: of two that are free, they come last. */
async function unevenFarm(): Promise<AllocationFarm> {
  const farm = await AllocationFarm.start()
  await farm.runs.open('other', { ttlMs: 3_600_000 })
  for (const needs of [{ a: 'x' }, { a: 'y' }]) await farm.runs.registerNeeds('other', needs)
  return farm
}

describe('a module that failed', () => {
  it('runs again on another free device, once on each, even if its own would be the better choice', async () => {
    await using farm = await unevenFarm()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'android' } }], { retries: 3 })
    const failing = new Failing('m', 3, task => farm.untilIdle(all.filter(name => !devicesOf(task).includes(name))))
    const all = ['a1', 'b1', 'b2']
    await farm.host('h1', [device('a1', 'android')], failing)
    await farm.host('h2', [device('b1', 'android', 'x'), device('b2', 'android', 'x', 'y')], failing)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['flaky', 4])
    assert.deepEqual(failing.attempts, [['a1'], ['b1'], ['b2'], ['a1']])
  })

  it('never waits for another device: if only the old one is free, it runs there at once', async () => {
    await using farm = await AllocationFarm.start()
    const over = signal()
    const failing = new Failing('m', 1, task => (task.module.module === 'busy' ? over.sent : Promise.resolve()))
    await farm.host('h1', [device('a1', 'x'), device('a2')], failing)
    await farm.untilIdle(['a1', 'a2'])
    await farm.submit('other', [{ id: 'busy', needs: { a: 'x' } }])
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1 })
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'flaky')
    assert.deepEqual(failing.attempts, [['a2'], ['a2']])
    over.send()
  })

  it('gets as many other devices as are free if it has several roles', async () => {
    await using farm = await unevenFarm()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '', b: '', c: '' } }], { retries: 1 })
    const failing = new Failing('m', 1, () => farm.untilIdle(failing.attempts.length === 1 ? ['x1', 'x2'] : []))
    const usual = ['a1', 'a2', 'a3'].map(name => device(name))
    await farm.host('h1', [...usual, device('x1', 'x'), device('x2', 'x')], failing)
    await farm.results('r', queues, 1)
    const [first, second = []] = failing.attempts
    assert.deepEqual(first, ['a1', 'a2', 'a3'])
    assert.deepEqual(second.slice(1), ['x1', 'x2'])
  })

  it('keeps the devices that it failed on in Redis until the run is removed', async () => {
    await using farm = await AllocationFarm.start()
    const failing = new Failing('m', 2)
    await farm.host('h1', [device('a1')], failing)
    const [queue = ''] = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1 })
    const [result] = await farm.results('r', [queue], 1)
    assert.equal(result?.verdict, 'failed')
    const key = `${farm.prefix}:failed-on:${queue}`
    assert.deepEqual(await farm.redis.hgetall(key), { 'm-m': '["a1"]' })
    await farm.untilIdle(['a1'])
    await forgetRun(farm.runs, 'r')
    assert.equal(await farm.redis.exists(key), 0)
  })
})

describe('a module after an infrastructure failure', () => {
  it('runs again on another free device, even if its own would be the better choice', async () => {
    await using farm = await unevenFarm()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'android' } }])
    const all = ['a1', 'b1', 'b2']
    const idle = (task: AttemptTask) => farm.untilIdle(all.filter(name => !devicesOf(task).includes(name)))
    const failing = new Failing('m', 2, idle, kept)
    await farm.host('h1', [device('a1', 'android')], failing)
    await farm.host('h2', [device('b1', 'android', 'x'), device('b2', 'android', 'x', 'y')], failing)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['passed', 1])
    assert.deepEqual(failing.attempts, [['a1'], ['b1'], ['b2']])
  })
})
