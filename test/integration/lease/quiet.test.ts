import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

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

const clean = { outcome: { verdict: 'passed' as const }, clean: ['a1'] }

describe('delayed retries (allocation test 6)', () => {
  it('a delayed retry starts at most 50 ms after it is due on an idle farm', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      execute: ({ attempt }) =>
        Promise.resolve(attempt < 4 ? { outcome: { verdict: 'failed' }, clean: ['a1'] } : clean),
    })
    const options = { retries: 3, retryDelayMs: 200 }
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], options)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['flaky', 4])
    const lateness = await latenessOfRetries(farm, queues[0] ?? '')
    assert.equal(lateness.length, 3)
    for (const late of lateness) assert.ok(late >= 0 && late <= 50, `${late} ms late`)
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

describe('what must not spin (allocation test 7)', () => {
  it('a paused queue: < 50 scripts/s', async () => {
    await using farm = await AllocationFarm.start()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    await farm.redis.hset(`${farm.prefix}:${queues[0]}:meta`, 'paused', 1)
    await farm.host('h1', [device('a1')])
    await farm.untilIdle(['a1'])
    const scripts = await scriptsASecond(farm)
    assert.ok(scripts < 50, `${scripts} scripts in a second`)
  })

  it('a host whose clock is 5 s behind: < 50 scripts/s, and the module runs when its clock says so', async () => {
    await using farm = await AllocationFarm.start()
    const attempts: number[] = []
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      execute: ({ attempt }) => {
        attempts.push(attempt)
        return Promise.resolve(attempt === 1 ? { outcome: { verdict: 'failed' }, clean: ['a1'] } : clean)
      },
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1, retryDelayMs: 200 })
    while ((await farm.redis.zcard(`${farm.prefix}:${queues[0]}:delayed`)) === 0) await delay(5)
    const skew = skewClock(-5000)
    try {
      await delay(300)
      const scripts = await scriptsASecond(farm)
      assert.ok(scripts < 50, `${scripts} scripts in a second`)
      assert.deepEqual(attempts, [1], 'the farm of this test is not skewed')
    } finally {
      skew[Symbol.dispose]()
    }
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'flaky')
  })

  it('a host whose clock is 5 s ahead: < 50 scripts/s', async () => {
    await using farm = await AllocationFarm.start()
    using _skew = skewClock(5000)
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      execute: ({ attempt }) =>
        Promise.resolve(attempt === 1 ? { outcome: { verdict: 'failed' }, clean: ['a1'] } : clean),
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1, retryDelayMs: 50 })
    while ((await farm.redis.zcard(`${farm.prefix}:${queues[0]}:delayed`)) === 0) await delay(5)
    const scripts = await scriptsASecond(farm)
    assert.ok(scripts < 50, `${scripts} scripts in a second`)
  })
})

describe('an idle farm (allocation test 8)', () => {
  it('only heartbeats and stalled passes in MONITOR', async () => {
    const TTL_MS = 300
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1'), device('a2')], { ttlMs: TTL_MS })
    await farm.host('h2', [device('b1')], { ttlMs: TTL_MS })
    // A run that waits for nobody who is there, and one that is through.
    const queues = await farm.submit('done', [{ id: 'm', needs: { a: '' } }])
    await farm.results('done', queues, 1)
    await farm.submit('waiting', [{ id: 'm', needs: { a: 'name=a1', b: 'name=gone' } }], { waitMs: 60_000 })
    await farm.host('h3', [device('gone')], { ttlMs: TTL_MS }).then(host => host.stop())
    await farm.untilIdle(['a1', 'a2', 'b1'])
    const seen: string[][] = []
    const monitor = await farm.server.connect().monitor()
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      if (source !== 'lua') seen.push(args)
    })
    await delay(TTL_MS * 5)
    monitor.disconnect()
    const beats = seen.filter(args => isBeat(farm, args))
    const others = seen.filter(args => !beats.includes(args))
    assert.deepEqual(others, [])
    // Two hosts, each at a third of the TTL, for five TTLs.
    assert.ok(beats.length >= 20 && beats.length <= 32, `${beats.length} heartbeats`)
  })
})

/** A connection sends a script's text the first time, later its hash. */
function isBeat(farm: AllocationFarm, args: readonly string[]): boolean {
  const sha = createHash('sha1').update(farm.scripts.source('beat')).digest('hex')
  return args[1] === sha || (args[0] === 'eval' && args[1]?.includes('-- One call renews a host') === true)
}
