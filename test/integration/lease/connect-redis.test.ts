import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { connectRedis, openRedis } from '../../../src/lease/open-redis.js'
import { RedisServer } from '../../support/redis-server.js'

describe('the first connection to Redis', () => {
  it('fails if nothing listens, or if the server accepts it and never answers', async () => {
    const silent = createServer(socket => socket.resume())
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `redis://:hidden@127.0.0.1:${(silent.address() as AddressInfo).port}`
    await assert.rejects(connectRedis(openRedis(url), url, 100), {
      code: 'BATON_REDIS',
      message: `Redis at ${url.replace(':hidden@', '')} cannot be reached: no answer within 100 ms.`,
    })
    silent.close()
    await once(silent, 'close')
    // Not the same one: somebody else may have taken it.
    const nobody = 'redis://127.0.0.1:1'
    await assert.rejects(connectRedis(openRedis(nobody), nobody), { code: 'BATON_REDIS', message: /ECONNREFUSED/ })
  })

  it('is tried again if it breaks', async () => {
    await using server = await RedisServer.start()
    let connections = 0
    const proxy = createServer(client => {
      connections += 1
      if (connections <= 2) {
        client.resetAndDestroy()
        return
      }
      const redis = connect(server.socket)
      client.pipe(redis).pipe(client)
      for (const socket of [client, redis]) socket.on('error', () => {})
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const url = `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const redis = openRedis(url)
    await connectRedis(redis, url)
    assert.equal(await redis.ping(), 'PONG')
    redis.disconnect()
    proxy.close()
  })
})
