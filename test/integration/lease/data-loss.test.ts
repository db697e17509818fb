import assert from 'node:assert/strict'
import { abortOf, type AttemptAbort } from '../../../src/host/attempt/attempt-abort.js'
import { FarmSecret } from '../../../src/lease/farm-secret.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

describe('Redis restarted with data loss (allocation test 9)', () => {
  it('still increases lease numbers, loses held leases at once, and lets the host join again', async () => {
    await using farm = await AllocationFarm.start()
    const leases: number[] = []
    let abort: AttemptAbort | undefined
    let started = (): void => {}
    const firstStarted = new Promise<void>(resolve => {
      started = resolve
    })
    await farm.host('h1', [device('a1')], {
      // Found with the next heartbeat, after 2 s.
      ttlMs: 6000,
      runAttempt: ({ grant }, signal) => {
        leases.push(Number(grant.lease))
        started()
        if (leases.length > 1) return Promise.resolve({ verdict: 'passed', reusable: ['a1'] })
        return new Promise(resolve => {
          signal.addEventListener('abort', () => {
            abort = abortOf(signal)
            resolve({ verdict: 'passed', reusable: [] })
          })
        })
      },
    })
    await farm.submit('before', [{ id: 'm', needs: { a: '' } }])
    await firstStarted
    await farm.server.restartEmpty()
    await farm.untilIdle(['a1'])
    assert.deepEqual(abort, { type: 'lease-lost', reason: 'the farm had given this host up' })
    const queues = await farm.submit('after', [{ id: 'm', needs: { a: '' } }])
    const [result] = await farm.results('after', queues, 1)
    const [first = 0, second = 0] = leases
    assert.ok(second > first, `${second} after ${first}`)
    assert.deepEqual([result?.verdict, result?.lease], ['passed', String(second)])
  })

  it('still increases lease numbers after a restart with older data', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')])
    const run = async (name: string): Promise<string> => {
      const [result] = await farm.results(name, await farm.submit(name, [{ id: 'm', needs: { a: '' } }]), 1)
      return result?.lease ?? assert.fail('no lease')
    }
    const key = `${farm.prefix}:last-lease`
    const copy = (await farm.redis.get(key)) ?? assert.fail('no counter')
    const before = await run('before')
    await farm.redis.set(key, copy)
    const after = await run('after')
    assert.ok(Number(after) > Number(before), `${after} after ${before}`)
  })

  it('gives all hosts one secret again, even if they remember others and a new host comes first', async () => {
    await using farm = await AllocationFarm.start()
    const secrets: FarmSecret[] = []
    const start = async (name: string, ttlMs: number): Promise<void> => {
      const farmSecret = new FarmSecret()
      secrets.push(farmSecret)
      await farm.host(name, [device(`${name}-phone`)], { farmSecret, ttlMs })
    }
    await start('h1', 1500)
    await start('h2', 1500)
    const before = secrets.map(secret => secret.current)
    assert.equal(new Set(before).size, 1)
    // The connections stay up: the hosts learn it by their next heartbeat.
    await farm.redis.flushall()
    await start('h3', 1500)
    await farm.untilIdle(['h1-phone', 'h2-phone', 'h3-phone'])
    assert.deepEqual(
      secrets.map(secret => secret.current),
      Array<string | null>(3).fill(await farm.redis.get(`${farm.prefix}:secret`)),
    )
    assert.notEqual(secrets[0]?.current, before[0])
  })
})

describe('a Redis in which somebody writes', () => {
  it('gets devices back whose keys were deleted', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1'), device('a2')], { ttlMs: 1_500 })
    await farm.untilIdle(['a1', 'a2'])
    await farm.redis.del(farm.scripts.key('device', 'a1'))
    await farm.untilIdle(['a1', 'a2'])
    assert.deepEqual(farm.errors, [])
  })

  for (const number of ['1e300', '99999999999999999999', 'abc', '', '-5', 'nan', 'inf']) {
    it(`continues after a lease number '${number}'`, async () => {
      await using farm = await AllocationFarm.start()
      await farm.host('h1', [device('a1')], { ttlMs: 1_500 })
      await farm.untilIdle(['a1'])
      await farm.redis.set(farm.scripts.key('lastLease'), number)
      const leases: string[] = []
      for (const run of ['one', 'two']) {
        const [result] = await farm.results(run, await farm.submit(run, [{ id: 'm', needs: { a: '' } }]), 1)
        assert.equal(result?.verdict, 'passed')
        leases.push(result?.lease ?? '')
      }
      assert.ok(leases.every(lease => /^\d{16}$/.test(lease)) && leases[0] !== leases[1], leases.join())
    })
  }

  it('checks a device again that has to wait for a lease that never comes', async () => {
    await using farm = await AllocationFarm.start()
    const asked: string[] = []
    let first = true
    await farm.host('h1', [device('a1')], {
      ttlMs: 1_500,
      check: async ({ lease }) => {
        asked.push(lease)
        if (first) await farm.redis.hset(farm.scripts.key('device', 'a1'), 'minLease', '9'.repeat(30))
        first = false
        return { state: 'idle' }
      },
    })
    await farm.untilIdle(['a1'])
    assert.ok(asked.length > 1 && asked.every(lease => /^\d{16}$/.test(lease)), asked.join())
  })
})
