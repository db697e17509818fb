import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { connectRedis, openRedis } from '../../../src/lease/open-redis.js'
import { waitForRedis } from '../../../src/lease/wait-for-redis.js'
import { freePort } from '../../../src/process/free-port.js'
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

  it('is tried again if it breaks, and the next one as well', async () => {
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
    const closed = once(redis, 'close')
    await server.connect().call('CLIENT', 'KILL', 'TYPE', 'normal')
    await closed
    assert.equal(await redis.ping(), 'PONG')
    redis.disconnect()
    proxy.close()
  })
})

describe('waiting for a Redis that is not there yet', () => {
  const never = new AbortController().signal

  it('logs at once, and connects when it is there', async () => {
    const port = await freePort()
    const url = `redis://127.0.0.1:${port}`
    const lines: string[] = []
    let onLine = (): void => {}
    const logged = new Promise<void>(resolve => (onLine = resolve))
    const log = (line: string): void => {
      lines.push(line)
      onLine()
    }
    const connected = waitForRedis(url, { giveUpAfterMs: Infinity, signal: never, log })
    await logged
    await using _ = await RedisServer.start('--port', String(port))
    const redis = await connected
    assert.equal(await redis.ping(), 'PONG')
    redis.disconnect()
    assert.equal(lines.length, 2)
    assert.equal(lines[0], `Redis at ${url} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}; waiting for it`)
    assert.match(lines[1] ?? '', /^Redis is there, after [\d.]+ s$/)
  })

  it('ends after its bound, or if it is aborted', async () => {
    const url = 'redis://127.0.0.1:1'
    const lines: string[] = []
    const log = (line: string): void => void lines.push(line)
    await assert.rejects(waitForRedis(url, { giveUpAfterMs: 1_500, signal: never, log }), {
      code: 'BATON_REDIS',
      message: `Redis at ${url} cannot be reached: connect ECONNREFUSED 127.0.0.1:1; gave up after 1.5 s.`,
    })
    assert.match(lines.join('|'), /^Redis at .*; waiting for it, up to 1\.5 s$/)
    const stop = new AbortController()
    const stopped = new Error('stopped')
    const abort = (): void => stop.abort(stopped)
    await assert.rejects(waitForRedis(url, { giveUpAfterMs: Infinity, signal: stop.signal, log: abort }), stopped)
  })

  it('does not wait for one that needs or rejects a password', async () => {
    await using server = await RedisServer.start('--requirepass', 'right-one')
    const log = (line: string): void => assert.fail(line)
    for (const [url, message] of [
      [`unix://${server.socket}`, /needs a password/],
      [`unix://:wrong-one@${server.socket}`, /rejects the user or the password/],
    ] as const) {
      await assert.rejects(waitForRedis(url, { giveUpAfterMs: Infinity, signal: never, log }), {
        code: 'BATON_REDIS',
        message,
      })
    }
  })
})
