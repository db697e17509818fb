import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openRedis } from '../../../src/lease/open-redis.js'
import { runStreamKey } from '../../../src/lease/protocol/keys.js'
import { closeRedis } from '../../../src/queue/close-redis.js'
import { followResults } from '../../../src/queue/follow-results.js'
import { eventually } from '../process/alive.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { RedisProxy } from '../../support/redis-proxy.js'
import { RedisServer } from '../../support/redis-server.js'

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

  it('are replaced under a command that waits, and under a follower that waits for events', async () => {
    await using farm = await AllocationFarm.start()
    await using proxy = await RedisProxy.start(farm.server)
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    const url = `unix://${proxy.socketPath}`
    const [follower, client] = [openRedis(url, 2_500), openRedis(url, 500)]
    const stream = { redis: follower, prefix: farm.prefix, runStream: runStreamKey(farm.prefix, 'r'), queues }
    const followed = followResults(stream)
    const [first] = [followed.next(), await client.ping()]
    await eventually('both are connected', async () => follower.status === 'ready')
    proxy.goSilent()
    proxy.serveNew()
    assert.equal(await client.ping(), 'PONG')
    await farm.runs.append('r', [{ type: 'device:state', device: 'd', host: 'h', state: 'idle', at: 1 }])
    const update = (await first).value
    assert.equal(update?.kind, 'event')
    for (const redis of [follower, client]) redis.disconnect()
    await followed.return()
  })

  it('answer what waits when they are closed between two attempts to reconnect', async () => {
    await using server = await RedisServer.start()
    const redis = openRedis(`unix://${server.socket}`)
    await redis.connect()
    const waiting = redis.blpop('nothing', 0)
    const lost = once(redis, 'reconnecting')
    redis.disconnect(true)
    await lost
    closeRedis(redis)
    await assert.rejects(waiting, { message: 'Connection is closed.' })
    assert.equal(redis.status, 'end')
  })
})
