import assert from 'node:assert/strict'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { RedisProxy } from '../../support/redis-proxy.js'

describe('connections that die without an error', () => {
  it('are replaced, even if the new ones are dead too, and the host serves again', async () => {
    await using farm = await AllocationFarm.start()
    await using proxy = await RedisProxy.start(farm.server)
    await farm.host('h1', [device('a1')], { redis: proxy.connect, ttlMs: 1000 })
    await farm.untilIdle(['a1'])
    proxy.goSilent()
    await proxy.opened(2)
    proxy.serveNew()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
  })
})
