import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { callControl } from '../../src/host/gateway/gateway-client.js'
import { nextLease, leaseHeader, leaseToken } from '../../src/host/gateway/gateway-token.js'
import { Gateway, type GatewayOptions } from '../../src/host/gateway/gateway.js'
import { BatonError } from '../../src/error/baton-error.js'
import { RecordingServer } from './host/recording-server.js'

const farmSecret = 'secret'
const lease = '1790000000000001'
const newer = '1790000000000002'

interface Answer {
  status: number
  body: { value?: { error: string; message: string } } & Record<string, unknown>
}

describe('the gateway over HTTP', () => {
  let upstream: RecordingServer
  let gateway: Gateway
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let verify: GatewayOptions['verifyLease']
  let asked: string[]

  beforeEach(async () => {
    answer = (request, response) => {
      request.resume()
      response.setHeader('content-type', 'application/json').end('{"value":"done"}')
    }
    asked = []
    verify = async () => false
    upstream = await RecordingServer.start((request, response) => answer(request, response))
    gateway = await Gateway.start({
      farmSecret: () => farmSecret,
      verifyLease: async (device, lease) => {
        asked.push(`${device} ${lease}`)
        return verify(device, lease)
      },
      control: {
        ready: async ({ device, lease, body }) => ({ device, lease, wanted: body['capabilities'] }),
        odd: async () => {
          const error = new BatonError('BATON_SESSION_FAILED', 'odd')
          throw Object.assign(error, { code: 'constructor' })
        },
        fail: async () => {
          throw new BatonError('BATON_SESSION_FAILED', 'no browser', { hint: 'install one' })
        },
      },
    })
    const capabilities = { webSocketUrl: 'ws://127.0.0.1:0/bidi/s1' }
    gateway.sessionOpened('alice', { id: 's1', appium: `http://127.0.0.1:${upstream.port}`, capabilities })
    gateway.sessionOpened('bob', { id: 's2', appium: `http://127.0.0.1:${upstream.port}/hub`, capabilities: {} })
    gateway.grant('alice', lease)
  })
  afterEach(async () => {
    await gateway.close()
    upstream.stop()
  })

  const send = async (
    method: string,
    path: string,
    token: string | undefined = leaseToken(farmSecret, lease),
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(gateway.url + path, {
      method,
      headers: { ...headers, ...(token === '' ? {} : { [leaseHeader]: token }) },
      ...(method === 'POST' ? { body: '{}' } : {}),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  const assertLost = ({ status, body }: Answer, message: RegExp) => {
    assert.equal(status, 404)
    assert.equal(body.value?.error, 'invalid session id')
    assert.match(body.value?.message ?? '', message)
  }

  it('forwards a command with the current token, without the token', async () => {
    assert.deepEqual(await send('GET', '/session/s1/title'), { status: 200, body: { value: 'done' } })
    assert.equal(upstream.requests[0]?.url, '/session/s1/title')
    assert.equal(upstream.requests[0]?.headers[leaseHeader], undefined)
    assert.equal(upstream.requests[0]?.headers.host, `127.0.0.1:${upstream.port}`)
  })

  it('drops headers for one connection only, in both directions', async () => {
    answer = (request, response) => {
      request.resume()
      response
        .setHeader('connection', 'keep-alive, X-Of-Server')
        .setHeader('x-of-server', '1')
        .setHeader('proxy-authenticate', 'Basic')
        .setHeader('x-kept', '2')
        .end('{"value":"done"}')
    }
    const client = requestHttp(`${gateway.url}/session/s1/cookie`, {
      method: 'DELETE',
      headers: {
        ...gateway.headersFor(lease),
        // what frames the body stays, else its bytes would be taken for the next request
        connection: 'close, X-Of-Client ,content-length',
        'content-length': 2,
        'keep-alive': 'timeout=5',
        'x-of-client': '1',
        'x-kept': '2',
      },
    })
    client.end('{}')
    const [response] = (await once(client, 'response')) as [IncomingMessage]
    response.resume()
    const received = upstream.requests[0]?.headers ?? {}
    assert.equal(received['x-kept'], '2')
    assert.equal(received['x-of-client'], undefined)
    assert.equal(received['keep-alive'], undefined)
    assert.equal(received['content-length'], '2')
    assert.equal(received.connection, 'keep-alive')
    assert.equal(response.headers['x-kept'], '2')
    assert.equal(response.headers['x-of-server'], undefined)
    assert.equal(response.headers['proxy-authenticate'], undefined)
  })

  it('refuses a missing, a forged and an outdated token, and forwards nothing', async () => {
    assertLost(await send('GET', '/session/s1/title', ''), /no valid lease token/)
    assertLost(await send('GET', '/session/s1/title', leaseToken('other', lease)), /no valid lease token/)
    assertLost(await send('GET', '/session/s1/title', leaseToken(farmSecret, '1')), /no longer uses/)
    assert.equal(upstream.requests.length, 0)
    assert.deepEqual(asked, [])
  })

  it('refuses the lease of another device', async () => {
    assertLost(await send('GET', '/session/s2/title'), /no longer uses/)
    assert.equal(upstream.requests.length, 0)
  })

  it('verifies a newer lease once, which then replaces the older one', async () => {
    verify = async (_device, lease) => lease === newer
    const token = leaseToken(farmSecret, newer)
    const answers = await Promise.all([send('GET', '/session/s1/a', token), send('POST', '/session/s1/b', token)])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    assert.equal((await send('GET', '/session/s1/c', token)).status, 200)
    assert.deepEqual(asked, [`alice ${newer}`])
    assertLost(await send('GET', '/session/s1/title'), /no longer uses/)
  })

  it('refuses a newer lease that is not confirmed, or that is revoked while it is verified', async () => {
    const token = leaseToken(farmSecret, newer)
    assertLost(await send('GET', '/session/s1/a', token), /no longer uses/)
    verify = async () => Promise.reject(new Error('Redis is away'))
    assertLost(await send('GET', '/session/s1/a', token), /no longer uses/)
    verify = async () => {
      await gateway.revoke('alice', nextLease(newer))
      return true
    }
    assertLost(await send('GET', '/session/s1/a', token), /no longer uses/)
    assert.equal(upstream.requests.length, 0)
  })

  it('refuses to open or end sessions', async () => {
    for (const [method, path] of [
      ['DELETE', '/session/s1'],
      ['DELETE', '/session/s1/'],
      ['POST', '/session/s1'],
      ['POST', '/session'],
    ] as const) {
      const { body } = await send(method, path, undefined, { 'x-http-method-override': 'DELETE' })
      assert.match(body.value?.message ?? '', /BATON_SESSION_OWNED/, `${method} ${path}`)
    }
    assertLost(await send('GET', '/session/unknown/title'), /BATON_SESSION_LOST/)
    assertLost(await send('GET', '/status'), /BATON_SESSION_LOST/)
    assert.equal(upstream.requests.length, 0)
  })

  it('uses the base path of the server, and stops forwarding when the session is closed', async () => {
    gateway.grant('bob', lease)
    await send('GET', '/session/s2/title')
    assert.equal(upstream.requests[0]?.url, '/hub/session/s2/title')
    gateway.sessionClosed('bob')
    assertLost(await send('GET', '/session/s2/title'), /BATON_SESSION_LOST/)
  })

  it('revokes a lease at once, and knows when no request of it is pending', async () => {
    let finish = () => {}
    answer = (_request, response) => (finish = () => response.end('{"value":null}'))
    const slow = send('POST', '/session/s1/click')
    await arrival()
    assert.equal(gateway.pendingCount('alice'), 1)
    assert.equal(await gateway.revoke('alice', newer, 20), false)
    const drained = gateway.revoke('alice', newer, 5000)
    answer = (_request, response) => response.end('{}')
    assertLost(await send('GET', '/session/s1/title'), /no longer uses/)
    finish()
    assert.equal(await drained, true)
    assert.equal((await slow).status, 200)
    assert.equal(gateway.pendingCount('alice'), 0)
  })

  const arrival = async (): Promise<IncomingMessage> => {
    while (!upstream.requests[0]) await new Promise(resolve => setImmediate(resolve))
    return upstream.requests[0]
  }

  it('waits for a command whose client went away, because it still runs on the device', async () => {
    let finish = () => {}
    answer = (_request, response) => (finish = () => response.end('{"value":null}'))
    const client = requestHttp(`${gateway.url}/session/s1/click`, {
      method: 'POST',
      headers: gateway.headersFor(lease),
    })
    client.on('error', () => {})
    client.end('{}')
    await arrival()
    client.destroy()
    await new Promise(resolve => client.once('close', resolve))
    assert.equal(await gateway.revoke('alice', newer, 50), false)
    finish()
    assert.equal(await gateway.revoke('alice', newer, 5000), true)
    assert.deepEqual(gateway.faultsOf(lease), [])
  })

  it('does not wait for a command of a closed session, and drops it once its client is gone', async () => {
    let aborted = () => {}
    const upstreamAborted = new Promise<void>(resolve => (aborted = resolve))
    answer = request => {
      request.resume()
      request.once('close', aborted)
    }
    const client = requestHttp(`${gateway.url}/session/s1/click`, {
      method: 'POST',
      headers: gateway.headersFor(lease),
    })
    client.on('error', () => {})
    client.end('{}')
    await arrival()
    assert.equal(await gateway.revoke('alice', newer, 20), false)
    gateway.sessionClosed('alice')
    gateway.sessionOpened('alice', { id: 's3', appium: `http://127.0.0.1:${upstream.port}`, capabilities: {} })
    gateway.grant('alice', newer)
    // a server that never answers would hold this back for the whole deadline, and every later one
    assert.equal(await gateway.revoke('alice', nextLease(newer), 60_000), true)
    client.destroy()
    await upstreamAborted
  })

  it('cancels a command that was never sent completely', async () => {
    let aborted = () => {}
    const upstreamAborted = new Promise<void>(resolve => (aborted = resolve))
    answer = request => {
      request.resume()
      request.once('aborted', aborted)
    }
    const client = requestHttp(`${gateway.url}/session/s1/file`, {
      method: 'POST',
      headers: { ...gateway.headersFor(lease), 'content-length': 1000 },
    })
    client.on('error', () => {})
    client.write('x')
    await arrival()
    client.destroy()
    await upstreamAborted
    assert.equal(await gateway.revoke('alice', newer, 5000), true)
    assert.deepEqual(gateway.faultsOf(lease), [])
  })

  it('ends the response, and records a fault, if the server dies in the middle of it', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('begin', () => response.destroy())
    }
    await assert.rejects(
      fetch(`${gateway.url}/session/s1/source`, { headers: gateway.headersFor(lease) }).then(async r => r.text()),
    )
    assert.equal(gateway.pendingCount('alice'), 0)
    assert.equal(gateway.faultsOf(lease)[0]?.kind, 'upstream')
  })

  it('forwards 50 MB up and down unchanged', async () => {
    const big = Buffer.alloc(50 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz')
    answer = (request, response) => void request.pipe(response)
    const response = await fetch(`${gateway.url}/session/s1/file`, {
      method: 'POST',
      headers: gateway.headersFor(lease),
      body: big,
    })
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(big))
  })

  it('keeps connections alive on both sides', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let reused = 0
    for (let i = 0; i < 5; i++) {
      const client = requestHttp(`${gateway.url}/session/s1/title`, { agent, headers: gateway.headersFor(lease) })
      client.end()
      const [response] = (await once(client, 'response')) as [IncomingMessage]
      if (client.reusedSocket) reused += 1
      response.resume()
      await once(response, 'end')
      // The socket returns to its agent a tick after the answer's end.
      await new Promise(resolve => setImmediate(resolve))
    }
    agent.destroy()
    assert.equal(reused, 4)
    assert.equal(upstream.connections, 1)
  })

  it('records a dead server and a dead session as faults, and nothing else', async () => {
    const say = (status: number, error: string) => {
      answer = (_request, response) =>
        response.writeHead(status).end(JSON.stringify({ value: { error, message: 'm' } }))
    }
    say(404, 'no such element')
    assert.equal((await send('POST', '/session/s1/element')).body.value?.error, 'no such element')
    assert.deepEqual(gateway.faultsOf(lease), [])
    say(404, 'invalid session id')
    await send('GET', '/session/s1/title')
    assert.deepEqual(
      gateway.faultsOf(lease).map(({ device, kind, message }) => ({ device, kind, message })),
      [{ device: 'alice', kind: 'session', message: 'invalid session id: m' }],
    )
    upstream.stop()
    const { status, body } = await send('GET', '/session/s1/title')
    assert.equal(status, 500)
    assert.match(body.value?.message ?? '', /BATON_SESSION_LOST: the Appium server at http/)
    assert.equal(gateway.faultsOf(lease)[1]?.kind, 'upstream')
    assert.deepEqual(gateway.faultsOf(newer), [])
  })

  it('records a command to the session that has just ended as a fault, but not one to an unknown session', async () => {
    gateway.sessionClosed('alice')
    assert.equal((await send('GET', '/session/never/title')).status, 404)
    assert.deepEqual(gateway.faultsOf(lease), [])
    assert.equal((await send('GET', '/session/s1/title')).status, 404)
    assert.deepEqual(
      gateway.faultsOf(lease).map(({ device, kind, message }) => ({ device, kind, message })),
      [{ device: 'alice', kind: 'session', message: 'session s1 ended' }],
    )
  })

  it('remembers the origins that were opened', async () => {
    for (const url of ['http://a.test/x', 'http://a.test/y', 'https://b.test:8443/', 'about:blank', 'nonsense']) {
      await fetch(`${gateway.url}/session/s1/url`, {
        method: 'POST',
        headers: gateway.headersFor(lease),
        body: JSON.stringify({ url }),
      })
    }
    assert.deepEqual([...gateway.visitedOrigins('alice')], ['http://a.test', 'https://b.test:8443'])
    assert.deepEqual([...gateway.visitedOrigins('bob')], [])
  })

  it('gives a worker a BiDi address that leads through the gateway', () => {
    assert.deepEqual(gateway.workerSession('alice'), {
      id: 's1',
      capabilities: { webSocketUrl: `ws://127.0.0.1:${gateway.address.port}/bidi/s1` },
    })
    assert.deepEqual(gateway.workerSession('bob'), { id: 's2', capabilities: {} })
  })

  describe('control', () => {
    const call = async (
      action: string,
      device: string,
      token = lease,
      secret = farmSecret,
      response: z.ZodType = z.unknown(),
    ) =>
      callControl({
        gateway: gateway.url,
        action,
        farmSecret: secret,
        lease: token,
        body: { device, capabilities: { a: 1 } },
        timeoutMs: 5000,
        response,
      })

    it('performs an action for a device that the caller has leased', async () => {
      assert.deepEqual(await call('ready', 'alice'), { device: 'alice', lease, wanted: { a: 1 } })
    })

    it('verifies a lease of another host, as for a command', async () => {
      verify = async () => true
      await call('ready', 'bob', newer)
      assert.deepEqual(asked, [`bob ${newer}`])
      assert.equal((await send('GET', '/session/s2/title', leaseToken(farmSecret, newer))).status, 200)
    })

    it('refuses everyone else', async () => {
      await assert.rejects(call('ready', 'alice', '5'), { code: 'BATON_LEASE_LOST' })
      await assert.rejects(call('ready', 'alice', lease, 'guess'), { code: 'BATON_LEASE_LOST' })
      await assert.rejects(call('ready', 'nobody'), { code: 'BATON_SESSION_LOST' })
      await assert.rejects(call('nothing', 'alice'), { code: 'BATON_SESSION_LOST' })
      await assert.rejects(call('constructor', 'alice'), { code: 'BATON_SESSION_LOST' })
    })

    it('passes errors on with code and hint', async () => {
      await assert.rejects(call('fail', 'alice'), {
        code: 'BATON_SESSION_FAILED',
        message: 'no browser',
        hint: 'install one',
        device: 'alice',
      })
    })

    it('reports a response of another kind than expected', async () => {
      const strange = call('ready', 'alice', lease, farmSecret, z.object({ session: z.string() }))
      await assert.rejects(strange, {
        code: 'BATON_DEVICE_LOST',
        device: 'alice',
        message: /something unknown to 'ready'/,
      })
    })

    it('does not take an inherited property for an error code', async () => {
      await assert.rejects(call('odd', 'alice'), { code: 'BATON_INTERNAL' })
    })

    it('reports a host that does not answer', async () => {
      const { url } = gateway
      await gateway.close()
      const away = callControl({
        gateway: url,
        action: 'ready',
        farmSecret,
        lease,
        body: { device: 'alice' },
        timeoutMs: 1000,
        response: z.unknown(),
      })
      await assert.rejects(away, { code: 'BATON_DEVICE_LOST', device: 'alice' })
    })
  })
})
