import assert from 'node:assert/strict'
import { FarmHosts } from '../../../src/lease/farm-hosts.js'
import { FarmSecret } from '../../../src/lease/farm-secret.js'
import { HostLeases } from '../../../src/lease/host-leases.js'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { stepClock } from '../../support/stepped-clock.js'

const hour = 3_600
const needs = { a: 'kind' }

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  return { promise: new Promise<void>(done => (resolve = done)), resolve }
}

describe("a step of Redis's clock", () => {
  let farm: AllocationFarm
  beforeEach(async () => {
    farm = await AllocationFarm.start({ steppedClock: true })
  })
  const hostLeases = (name: string, ttlMs: number, monotonicMs?: () => number): HostLeases =>
    new HostLeases(new LeaseScripts(farm.redis, monotonicMs && { monotonicMs }), {
      name,
      incarnation: `${name}-1`,
      gatewayUrl: `http://${name}`,
      ttlMs,
      secret: new FarmSecret(),
    })
  afterEach(() => farm[Symbol.asyncDispose]())

  it('forwards ends no run and no lease: modules in flight end as if nothing had happened', async () => {
    const started = deferred()
    const end = deferred()
    let attempts = 0
    await farm.host('h1', [device('a1', 'kind')], {
      runAttempt: async () => {
        attempts += 1
        started.resolve()
        await end.promise
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit('r', [{ id: 'm', needs }])
    await started.promise
    await stepClock(farm.redis, hour)
    await farm.runs.schedule()
    assert.equal((await farm.runs.renew('r')).state, 'open')
    end.resolve()
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.reasons, attempts], ['passed', undefined, 1])
    assert.deepEqual(farm.errors, [])
  })

  it('backwards leaves no lease of a dead host: its module runs elsewhere once the lease has lapsed', async () => {
    const dead = hostLeases('h1', 60_000)
    await dead.join([device('a1', 'kind')])
    const [check] = (await dead.registerDevices([device('a1', 'kind')])) ?? []
    await dead.offerDevice('a1', check?.lease ?? '')
    const queues = await farm.submit('r', [{ id: 'm', needs }])
    await farm.untilState(['a1'], 'leased')
    // Its last heartbeat, with a TTL that would have been too short for a busy machine until now.
    const [{ lease } = assert.fail()] = await farm.registry.listDevices()
    await farm.redis.hset(farm.scripts.key('host', 'h1'), 'ttl', 1_000)
    const held = [{ lease: lease?.id ?? '', queue: queues[0] ?? '' }]
    assert.deepEqual((await dead.heartbeat(held)).lost, [])
    await stepClock(farm.redis, -hour)
    await farm.host('h2', [device('b1', 'kind')])
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
    await farm.untilState(['a1'], 'offline')
  })

  it('ends nothing either if it comes again and again before a host renews itself', async () => {
    const [quiet, busy] = [hostLeases('h1', 60_000), hostLeases('h2', 60_000)]
    await quiet.join([])
    await busy.join([])
    await farm.runs.open('r', { ttlMs: 60_000 })
    for (const seconds of [hour, 40, 40, -hour, 40, hour, 25, 25, 25]) {
      await stepClock(farm.redis, seconds)
      assert.equal((await busy.heartbeat([])).alive, true)
    }
    assert.equal((await quiet.heartbeat([])).alive, true)
    assert.equal((await farm.runs.renew('r')).state, 'open')
  })

  it('is not mistaken for the pause of a machine, after which dead hosts still lapse', async () => {
    let pausedMs = 0
    const alive = hostLeases('h1', 60_000, () => performance.now() + hour * 1_000 - pausedMs)
    const dead = hostLeases('h2', 1_000)
    await alive.join([])
    await dead.join([])
    pausedMs = hour * 1_000
    // Nobody else calls a script that would advance the farm's clock.
    const lapses = async (): Promise<string | null> => farm.redis.zscore(`${farm.prefix}:hosts`, 'h2')
    for (const deadline = Date.now() + 30_000; (await lapses()) !== null;) {
      assert.ok(Date.now() < deadline, 'the dead host is still there')
      await alive.heartbeat([])
    }
    assert.equal((await alive.heartbeat([])).alive, true)
  })

  it('ends nothing either when the clocks of many processes are forgotten', async () => {
    const host = hostLeases('h1', 60_000)
    await host.join([])
    const callers = Array.from(
      { length: 12 },
      () => new FarmHosts(new LeaseScripts(farm.redis, { limits: { clockCallers: 5 } })),
    )
    for (const caller of callers) {
      await stepClock(farm.redis, hour)
      await caller.list([])
      assert.equal((await host.heartbeat([])).alive, true)
    }
    assert.ok((await farm.redis.hlen(`${farm.prefix}:clock`)) < 10)
  })

  it('is absorbed in any size, also if someone wrote nonsense where the last time is stored', async () => {
    const alive = hostLeases('h1', 60_000)
    await alive.join([])
    for (const seconds of [hour, -2 * hour, 30, -30, 20 * 365 * 24 * hour, hour]) {
      await stepClock(farm.redis, seconds)
      assert.equal((await alive.heartbeat([])).alive, true, `${seconds} s`)
      // People read Redis's time, not the farm's.
      const [listed] = await new FarmHosts(farm.scripts).list([])
      assert.ok(listed?.heartbeat)
      assert.ok(Math.abs(listed.now - listed.heartbeat) < 20_000, `${seconds} s: ${listed.now - listed.heartbeat} ms`)
    }
    await farm.redis.hset(`${farm.prefix}:clock`, { wall: 'noon', ahead: '1e300', gap: '-1' })
    await farm.host('h2', [device('a1', 'kind')])
    const [result] = await farm.results('r', await farm.submit('r', [{ id: 'm', needs }]), 1)
    assert.equal(result?.verdict, 'passed')
    assert.deepEqual(farm.errors, [])
  })
})
