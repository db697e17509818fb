import assert from 'node:assert/strict'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { auditFaults } from '../../support/audit.js'
import { MortalRedis } from '../../support/mortal-redis.js'

/** Half of it, which a job's lock outlasts its lease, is longer than a busy machine keeps this process waiting. */
const TTL_MS = 6000
/** Of whoever takes over: its first heartbeat would come too late. */
const OTHER_TTL_MS = 60_000
/** start, fetch, bind, finish, release */
const SCRIPTS = [1, 2, 3, 4, 5]

async function killedAt(script: number, moment: 'before' | 'after'): Promise<void> {
  await using farm = await AllocationFarm.start()
  const mortal = new MortalRedis(() => farm.server.connect(), script, moment)
  let executions = 0
  const count = {
    runAttempt: async () => ((executions += 1), { verdict: 'passed' as const, reusable: ['a1', 'b1'] }),
  }
  await farm.host('h1', [device('a1', 'android')], { ttlMs: TTL_MS, redis: mortal.connect, ...count })
  await farm.untilIdle(['a1'])
  mortal.arm()
  const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'android' } }])
  await mortal.died()
  const killed = performance.now()
  await farm.host('h2', [device('b1', 'android')], { ttlMs: OTHER_TTL_MS, ...count })
  const [result] = await farm.results('r', queues, 1)
  const tookMs = performance.now() - killed
  const where = `${moment} script ${script}`
  assert.equal(result?.verdict, 'passed', where)
  assert.ok(executions <= 2, where)
  assert.ok(tookMs < OTHER_TTL_MS / 4, `${where}: recovered after ${tookMs} ms, and not when the lease lapsed`)
  await farm.untilIdle(['b1'])
  assert.deepEqual(
    await auditFaults(farm.redis, farm.prefix).then(faults => faults.filter(f => !f.includes('still'))),
    [],
  )
  const completed = await farm.redis.zcard(`${farm.prefix}:${queues[0]}:completed`)
  assert.equal(completed, 1, where)
}

describe('hosts killed at every await (allocation test 4)', () => {
  it('have their module recorded once, by another host within the TTL and a maintenance interval', async () => {
    await Promise.all(SCRIPTS.flatMap(script => [killedAt(script, 'before'), killedAt(script, 'after')]))
  })

  it('make a module lost, with all reasons, if three die under it', async () => {
    await using farm = await AllocationFarm.start()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'android' } }])
    for (const name of ['h1', 'h2', 'h3']) {
      const mortal = new MortalRedis(() => farm.server.connect(), 1, 'before')
      let start = (): void => {}
      const started = new Promise<void>(resolve => {
        start = resolve
      })
      await farm.host(name, [device(`${name}-a`, 'android')], {
        ttlMs: TTL_MS / 2,
        redis: mortal.connect,
        runAttempt: (_task, signal) => {
          mortal.arm()
          start()
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error))
          })
        },
      })
      await started
      await mortal.died()
    }
    await farm.host('h4', [device('b1', 'android')], { runAttempt: () => assert.fail('it had its chances') })
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'lost')
    assert.equal(result.attempts, 0)
    assert.equal(result.reasons?.length, 3)
    for (const [i, reason] of (result.reasons ?? []).entries()) assert.match(reason, new RegExp(`host h${i + 1} `))
  })
})
