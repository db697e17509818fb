import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { AllocationFarm, device, jobOf } from '../../support/allocation-farm.js'
import { addModules } from '../../../src/queue/add-modules.js'

const outOfMemory = (error: unknown): boolean =>
  error instanceof BatonError && error.code === 'BATON_REDIS' && error.message.startsWith('Redis is out of memory')

describe('Redis without free memory', () => {
  it('is one clear error for every writer, and a host serves again once memory is free', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], { ttlMs: 1500 })
    await farm.untilIdle(['a1'])
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'name=none' } }])
    await farm.redis.config('SET', 'maxmemory', '1')
    await assert.rejects(farm.runs.open('r2'), outOfMemory)
    await assert.rejects(farm.runs.files.storeBundle('abc', 'code'), outOfMemory)
    const job = jobOf('r', { id: 'm2', needs: {} })
    await assert.rejects(addModules(farm.redis, farm.prefix, queues[0] ?? '', [job]), outOfMemory)
    while (!farm.errors.some(outOfMemory)) await new Promise(resolve => setImmediate(resolve))
    await farm.redis.config('SET', 'maxmemory', '0')
    const later = await farm.submit('r3', [{ id: 'm', needs: { a: '' } }])
    const [result] = await farm.results('r3', later, 1)
    assert.equal(result?.verdict, 'passed')
  })

  it('releases a lease, so that its device is free when the module has ended', async () => {
    await using farm = await AllocationFarm.start()
    let reportLease = (_key: string): void => {}
    const leased = new Promise<string>(resolve => (reportLease = resolve))
    await farm.host('h1', [device('a1')], {
      ttlMs: 3_600_000,
      runAttempt: async ({ grant }) => {
        const key = farm.scripts.key('lease', grant.lease)
        assert.equal(await farm.redis.exists(key), 1)
        await farm.redis.config('SET', 'maxmemory', '1')
        reportLease(key)
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    await farm.submit('r', [{ id: 'm', needs: { a: 'name=a1' } }])
    const key = await leased
    while ((await farm.redis.exists(key)) === 1) await new Promise(resolve => setImmediate(resolve))
    await farm.redis.config('SET', 'maxmemory', '0')
  })
})
