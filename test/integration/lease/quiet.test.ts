import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { RedisMonitor } from '../../support/redis-monitor.js'

/** Script calls in a second of whatever goes on. */
async function scriptsASecond(farm: AllocationFarm): Promise<number> {
  const calls = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await farm.redis.info('commandstats'))?.[1] ?? 0)
  const before = await calls()
  await delay(1000)
  return (await calls()) - before
}

/** Moves this process's clock, as BullMQ reads it; Redis keeps its own. */
function skewClock(ms: number): Disposable {
  const now = Date.now
  Date.now = () => now() + ms
  return {
    [Symbol.dispose]() {
      Date.now = now
    },
  }
}

const clean = { verdict: 'passed' as const, reusable: ['a1'] }
const RETRIES = 5

describe('delayed retries (allocation test 6)', () => {
  it('start at most 50 ms after they are due on an idle farm, by their own timer', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], {
      // The first heartbeat comes long after all is over.
      ttlMs: 120_000,
      runAttempt: ({ attempt }) =>
        Promise.resolve(attempt <= RETRIES ? { verdict: 'failed', reusable: ['a1'] } : clean),
    })
    const options = { retries: RETRIES, retryDelayMs: 200 }
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], options)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['flaky', RETRIES + 1])
    const lateness = await latenessOfRetries(farm, queues[0] ?? '')
    assert.equal(lateness.length, RETRIES)
    for (const late of lateness) assert.ok(late >= 0 && late < 40_000, `${late} ms late`)
    // A busy machine may delay any one of them, and delays none by less than Baton does.
    assert.ok(Math.min(...lateness) <= 50, `${lateness.join()} ms late`)
  })
})

/** Milliseconds between when each retry was due and when it was fetched, by BullMQ's own events. */
async function latenessOfRetries(farm: AllocationFarm, queue: string): Promise<number[]> {
  const events = await farm.redis.xrange(`${farm.prefix}:${queue}:events`, '-', '+')
  const lateness: number[] = []
  let due: number | undefined
  for (const [id, fields] of events) {
    const event = fields[fields.indexOf('event') + 1]
    if (event === 'delayed') due = Number(fields[fields.indexOf('delay') + 1])
    if (event === 'active' && due !== undefined) {
      lateness.push(Number(id.split('-')[0]) - due)
      due = undefined
    }
  }
  return lateness
}

describe('script rates (allocation test 7)', () => {
  it('stay < 50 scripts/s with a paused queue', async () => {
    await using farm = await AllocationFarm.start()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    await farm.redis.hset(`${farm.prefix}:${queues[0]}:meta`, 'paused', 1)
    await farm.host('h1', [device('a1')])
    await farm.untilIdle(['a1'])
    const scripts = await scriptsASecond(farm)
    assert.ok(scripts < 50, `${scripts} scripts in a second`)
  })

  it('stay < 50 scripts/s with a host whose clock is 5 s behind, and the module runs by that clock', async () => {
    await using farm = await AllocationFarm.start()
    const attempts: number[] = []
    using skew = skewClock(-5000)
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      runAttempt: ({ attempt }) => {
        attempts.push(attempt)
        return Promise.resolve(attempt === 1 ? { verdict: 'failed', reusable: ['a1'] } : clean)
      },
    })
    // Due by Redis's clock after 200 ms, by the host's own after 5,200.
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1, retryDelayMs: 5200 })
    while ((await farm.redis.zcard(`${farm.prefix}:${queues[0]}:delayed`)) === 0) await delay(5)
    await delay(300)
    const scripts = await scriptsASecond(farm)
    assert.ok(scripts < 50, `${scripts} scripts in a second`)
    assert.deepEqual(attempts, [1], 'the farm of this test is not skewed')
    skew[Symbol.dispose]()
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'flaky')
  })

  it('stay < 50 scripts/s with a host whose clock is 5 s ahead', async () => {
    await using farm = await AllocationFarm.start()
    using _skew = skewClock(5000)
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      runAttempt: ({ attempt }) => Promise.resolve(attempt === 1 ? { verdict: 'failed', reusable: ['a1'] } : clean),
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1, retryDelayMs: 50 })
    while ((await farm.redis.zcard(`${farm.prefix}:${queues[0]}:delayed`)) === 0) await delay(5)
    const scripts = await scriptsASecond(farm)
    assert.ok(scripts < 50, `${scripts} scripts in a second`)
  })
})

describe('an idle farm (allocation test 8)', () => {
  it("shows only heartbeats and maintenance in MONITOR, each host's at a third of its TTL", async () => {
    const TTL_MS = 4500
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1'), device('a2')], { ttlMs: TTL_MS })
    await farm.host('h2', [device('b1')], { ttlMs: TTL_MS })
    // A run that waits for nobody who is there, and one that is through.
    const queues = await farm.submit('done', [{ id: 'm', needs: { a: '' } }])
    await farm.results('done', queues, 1)
    await farm.submit('waiting', [{ id: 'm', needs: { a: 'name=a1', b: 'name=gone' } }], { waitMs: 60_000 })
    await farm.host('h3', [device('gone')], { ttlMs: TTL_MS }).then(host => host.stop())
    await farm.untilIdle(['a1', 'a2', 'b1'])
    using monitor = await RedisMonitor.start(farm.server.socket)
    const heartbeats = (host: string) =>
      monitor.seen.filter(({ args }) => isHeartbeat(farm, args) && args.includes(host))
    // On a busy machine several commands arrive at once, and one host may be ahead of the other.
    await monitor.until(() => heartbeats('h1').length >= 4 && heartbeats('h2').length >= 4)
    const others = monitor.seen.filter(({ args, source }) => source !== 'lua' && !isHeartbeat(farm, args))
    const isInbox = ({ args }: { args: readonly string[] }): boolean => args[0] === 'blpop'
    assert.deepEqual(
      others.filter(command => !isInbox(command)),
      [],
    )
    // Each of the two waits for its inbox two seconds at a time.
    const seconds = ((monitor.seen.at(-1)?.atMs ?? 0) - (monitor.seen[0]?.atMs ?? 0)) / 1_000
    const reads = others.filter(isInbox).length
    assert.ok(reads <= 2 * (seconds / 2 + 1), `${reads} reads of inboxes in ${seconds} s`)
    for (const host of ['h1', 'h2']) {
      const times = heartbeats(host).map(({ atMs }) => atMs)
      // A millisecond: timers and Redis round.
      for (const [n, at] of times.slice(1).entries()) assert.ok(at - (times[n] ?? 0) >= TTL_MS / 3 - 1, times.join())
    }
  })
})

/** A connection sends a script's text the first time, later its hash. */
function isHeartbeat(farm: AllocationFarm, args: readonly string[]): boolean {
  const sha = createHash('sha1').update(farm.scripts.source('heartbeat')).digest('hex')
  return args[1] === sha || (args[0] === 'eval' && args[1]?.includes('-- One call renews a host') === true)
}
