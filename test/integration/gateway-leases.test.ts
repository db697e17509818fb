import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { WebSocket } from 'ws'
import { nextLease } from '../../src/host/gateway/gateway-token.js'
import { assertLost, GatewayBench, lease, newer, tokenFor } from './host/gateway-bench.js'

describe('leases at the gateway', () => {
  let bench: GatewayBench
  beforeEach(async () => {
    bench = await GatewayBench.start()
  })
  afterEach(async () => bench.stop())

  it('refuses a missing, a forged and an outdated token, and forwards nothing', async () => {
    assertLost(await bench.send('GET', '/session/s1/title', ''), /no valid lease token/)
    assertLost(await bench.send('GET', '/session/s1/title', tokenFor('alice', lease, 'other')), /no valid lease token/)
    assertLost(await bench.send('GET', '/session/s1/title', tokenFor('alice', '1')), /no longer uses/)
    assert.equal(bench.upstream.requests.length, 0)
    assert.deepEqual(bench.asked, [])
  })

  it('refuses the lease of another device', async () => {
    assertLost(await bench.send('GET', '/session/s2/title'), /no valid lease token/)
    assertLost(await bench.send('GET', '/session/s2/title', tokenFor('bob')), /no longer uses/)
    assert.equal(bench.upstream.requests.length, 0)
  })

  it('verifies a newer lease once, which then replaces the older one', async () => {
    bench.verify = async (_device, lease) => lease === newer
    const token = tokenFor('alice', newer)
    const answers = await Promise.all([
      bench.send('GET', '/session/s1/a', token),
      bench.send('POST', '/session/s1/b', token),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    assert.equal((await bench.send('GET', '/session/s1/c', token)).status, 200)
    assert.deepEqual(bench.asked, [`alice ${newer}`])
    assertLost(await bench.send('GET', '/session/s1/title'), /no longer uses/)
  })

  it('refuses a newer lease that is not confirmed, or that is revoked while it is verified', async () => {
    const token = tokenFor('alice', newer)
    assertLost(await bench.send('GET', '/session/s1/a', token), /no longer uses/)
    bench.verify = async () => Promise.reject(new Error('Redis is away'))
    assertLost(await bench.send('GET', '/session/s1/a', token), /no longer uses/)
    bench.verify = async () => {
      await bench.gateway.revoke('alice', nextLease(newer))
      return true
    }
    assertLost(await bench.send('GET', '/session/s1/a', token), /no longer uses/)
    assert.equal(bench.upstream.requests.length, 0)
  })

  it('refuses everything as soon as the farm no longer confirms the host, without a timer', async () => {
    const headers = bench.gateway.headersFor(lease, 'alice')
    const socket = new WebSocket(`${bench.gateway.url.replace('http', 'ws')}/bidi/s1`, { headers })
    await once(socket, 'open')
    const started = requestHttp(`${bench.gateway.url}/session/s1/url`, { method: 'POST', headers })
    started.on('error', () => {})
    started.write('{"url":')
    await bench.arrival()
    const received: unknown[] = []
    bench.upstream.sockets[0]?.on('message', data => received.push(data))
    let body = ''
    for (const request of bench.upstream.requests) request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    bench.confirmed = false
    const count = bench.upstream.requests.length
    started.end('"about:blank"}')
    socket.send(JSON.stringify({ id: 1, method: 'browsingContext.navigate', params: {} }))
    const [code] = (await once(socket, 'close')) as [number]
    assert.equal(code, 4001)
    assertLost(await bench.send('GET', '/session/s1/title'), /no longer uses/)
    assertLost(await bench.send('DELETE', '/session/s1'), /no longer uses/)
    assertLost(await bench.send('POST', '/session', undefined, headers), /no longer uses/)
    const control = await bench.send('POST', '/baton/ready', undefined, {
      ...headers,
      'content-type': 'application/json',
    })
    assert.notEqual(control.status, 200)
    const upgrade = new WebSocket(`${bench.gateway.url.replace('http', 'ws')}/bidi/s1`, { headers })
    await once(upgrade, 'error')
    assert.equal(bench.upstream.requests.length, count)
    assert.deepEqual(received, [])
    assert.ok(!body.includes('about:blank'))
  })

  it('refuses a lease that is over for the whole host, but not a later one', async () => {
    bench.gateway.revokeAll()
    assertLost(await bench.send('GET', '/session/s1/title'), /no longer uses/)
    assert.equal(bench.gateway.grant('alice', newer), true)
    assert.equal((await bench.send('GET', '/session/s1/title', tokenFor('alice', newer))).status, 200)
  })

  it('refuses a second session, and to end one in another way than DELETE', async () => {
    for (const [method, path] of [
      ['POST', '/session/s1'],
      ['PUT', '/session/s1'],
      ['POST', '/session'],
    ] as const) {
      const { body } = await bench.send(method, path, undefined, { 'x-http-method-override': 'DELETE' })
      assert.match(body.value?.message ?? '', /BATON_SESSION_OWNED/, `${method} ${path}`)
    }
    assertLost(await bench.send('GET', '/session/unknown/title'), /BATON_SESSION_LOST/)
    assert.equal(bench.upstream.requests.length, 0)
  })

  it("answers the state of the device's server only with a lease of the device", async () => {
    assert.equal((await bench.send('GET', '/status')).status, 200)
    assert.deepEqual(
      bench.upstream.requests.map(({ url }) => url),
      ['/status'],
    )
    for (const token of ['', tokenFor('bob'), tokenFor('alice', newer)])
      assertLost(await bench.send('GET', '/status', token), /BATON_/)
    assert.equal(bench.upstream.requests.length, 1)
  })

  it('ends a session for its script only: the next lease has it under another id', async () => {
    assertLost(await bench.send('DELETE', '/session/s1', ''), /no valid lease token/)
    assertLost(await bench.send('DELETE', '/session/s2', tokenFor('bob')), /no longer uses/)
    assert.deepEqual(await bench.send('DELETE', '/session/s1'), { status: 200, body: { value: null } })
    assertLost(await bench.send('GET', '/session/s1/title'), /BATON_SESSION_ENDED/)
    assertLost(await bench.send('DELETE', '/session/s1'), /BATON_SESSION_ENDED/)
    assert.equal(bench.upstream.requests.length, 0)
    assert.deepEqual(bench.gateway.faultsOf(lease), [])
    bench.gateway.grant('alice', newer)
    const { id } = bench.gateway.workerSession('alice') ?? { id: '' }
    assert.notEqual(id, 's1')
    assert.equal((await bench.send('GET', `/session/${id}/title`, tokenFor('alice', newer))).status, 200)
    assert.equal(bench.upstream.requests[0]?.url, '/session/s1/title')
  })

  it('revokes a lease at once, and knows when no request of it is pending', async () => {
    let finish = () => {}
    bench.answer = (_request, response) => (finish = () => response.end('{"value":null}'))
    const slow = bench.send('POST', '/session/s1/click')
    await bench.arrival()
    assert.equal(bench.gateway.pendingCount('alice'), 1)
    assert.equal(await bench.gateway.revoke('alice', newer, 20), false)
    const drained = bench.gateway.revoke('alice', newer, 5000)
    bench.answer = (_request, response) => response.end('{}')
    assertLost(await bench.send('GET', '/session/s1/title'), /no longer uses/)
    finish()
    assert.equal(await drained, true)
    assert.equal((await slow).status, 200)
    assert.equal(bench.gateway.pendingCount('alice'), 0)
  })

  it('waits for a command whose client has disconnected, because it still runs on the device', async () => {
    let finish = () => {}
    bench.answer = (_request, response) => (finish = () => response.end('{"value":null}'))
    const client = requestHttp(`${bench.gateway.url}/session/s1/click`, {
      method: 'POST',
      headers: bench.gateway.headersFor(lease, 'alice'),
    })
    client.on('error', () => {})
    client.end('{}')
    await bench.arrival()
    client.destroy()
    await new Promise(resolve => client.once('close', resolve))
    assert.equal(await bench.gateway.revoke('alice', newer, 50), false)
    finish()
    assert.equal(await bench.gateway.revoke('alice', newer, 5000), true)
    assert.deepEqual(bench.gateway.faultsOf(lease), [])
  })

  it('does not wait for a command of a closed session, and drops it once its client is gone', async () => {
    let aborted = () => {}
    const upstreamAborted = new Promise<void>(resolve => (aborted = resolve))
    bench.answer = request => {
      request.resume()
      request.once('close', aborted)
    }
    const client = requestHttp(`${bench.gateway.url}/session/s1/click`, {
      method: 'POST',
      headers: bench.gateway.headersFor(lease, 'alice'),
    })
    client.on('error', () => {})
    client.end('{}')
    await bench.arrival()
    assert.equal(await bench.gateway.revoke('alice', newer, 20), false)
    bench.gateway.sessionClosed('alice')
    bench.gateway.sessionOpened('alice', {
      id: 's3',
      appium: `http://127.0.0.1:${bench.upstream.port}`,
      capabilities: {},
    })
    bench.gateway.grant('alice', newer)
    // a server that never answers would hold this back for the whole deadline, and every later one
    assert.equal(await bench.gateway.revoke('alice', nextLease(newer), 60_000), true)
    client.destroy()
    await upstreamAborted
  })

  it('cancels a command that was never sent completely', async () => {
    let aborted = () => {}
    const upstreamAborted = new Promise<void>(resolve => (aborted = resolve))
    bench.answer = request => {
      request.resume()
      request.once('aborted', aborted)
    }
    const client = requestHttp(`${bench.gateway.url}/session/s1/file`, {
      method: 'POST',
      headers: { ...bench.gateway.headersFor(lease, 'alice'), 'content-length': 1000 },
    })
    client.on('error', () => {})
    client.write('x')
    await bench.arrival()
    client.destroy()
    await upstreamAborted
    assert.equal(await bench.gateway.revoke('alice', newer, 5000), true)
    assert.deepEqual(bench.gateway.faultsOf(lease), [])
  })
})
