import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { measureAllocation } from '../../support/measure-allocation.js'
import { RedisMonitor } from '../../support/redis-monitor.js'

describe('the cost of a module (allocation test 10)', () => {
  // What it costs in time, the benchmark `allocation` measures.
  it('is ≤ 4 scripts and ≤ 100 Redis commands, ≤ 2 connections per host, and hardly more at 1,000 devices', async () => {
    const few = await measureAllocation(2000, 10)
    // A tenth of a script: the host's joining, its heartbeats, and the pumps of an empty farm.
    assert.ok(few.scriptsPerModule <= 4.1, JSON.stringify(few))
    assert.ok(few.commandsPerModule <= 100, JSON.stringify(few))
    assert.ok(few.connections <= 2, JSON.stringify(few))
    const many = await measureAllocation(4000, 1000)
    assert.ok(many.commandsPerModule <= few.commandsPerModule * 1.5, JSON.stringify({ few, many }))
  })

  it('is one release for modules that end together', async () => {
    await using farm = await AllocationFarm.start()
    const names = Array.from({ length: 8 }, (_, i) => `d${i}`)
    let end = (): void => {}
    let begun = 0
    const together = new Promise<void>(resolve => (end = resolve))
    await farm.host(
      'h1',
      names.map(name => device(name)),
      {
        ttlMs: 10_000,
        runAttempt: async ({ grant }) => {
          if ((begun += 1) === names.length) end()
          await together
          return { verdict: 'passed', reusable: Object.values(grant.devices).map(d => d.device) }
        },
      },
    )
    using monitor = await RedisMonitor.start(farm.server.socket)
    const sha = createHash('sha1').update(farm.scripts.source('release')).digest('hex')
    const modules = names.map(id => ({ id, needs: { a: '' } }))
    const queues = await farm.submit('r', modules)
    await farm.results('r', queues, modules.length)
    await farm.untilIdle(names)
    await farm.redis.echo('all released')
    await monitor.until(seen => seen.some(({ args }) => args.includes('all released')))
    const releases = monitor.seen.filter(
      ({ args: [, script] }) => script === sha || script?.includes('-- The lead host is done with'),
    )
    assert.ok(releases.length >= 1 && releases.length <= 3, `${releases.length} releases of ${modules.length} leases`)
  })
})
