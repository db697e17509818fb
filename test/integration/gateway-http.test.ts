import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http'
import { leaseHeader } from '../../src/host/gateway/gateway-token.js'
import { assertLost, GatewayBench, lease, newer, tokenFor } from './host/gateway-bench.js'

describe('the gateway over HTTP', () => {
  let bench: GatewayBench
  beforeEach(async () => {
    bench = await GatewayBench.start()
  })
  afterEach(async () => bench.stop())

  it('forwards a command with the current token, without the token', async () => {
    assert.deepEqual(await bench.send('GET', '/session/s1/title'), { status: 200, body: { value: 'done' } })
    assert.equal(bench.upstream.requests[0]?.url, '/session/s1/title')
    assert.equal(bench.upstream.requests[0]?.headers[leaseHeader], undefined)
    assert.equal(bench.upstream.requests[0]?.headers.host, `127.0.0.1:${bench.upstream.port}`)
  })

  it('drops headers for one connection only, in both directions', async () => {
    bench.answer = (request, response) => {
      request.resume()
      response
        .setHeader('connection', 'keep-alive, X-Of-Server')
        .setHeader('x-of-server', '1')
        .setHeader('proxy-authenticate', 'Basic')
        .setHeader('x-kept', '2')
        .end('{"value":"done"}')
    }
    const client = requestHttp(`${bench.gateway.url}/session/s1/cookie`, {
      method: 'DELETE',
      headers: {
        ...bench.gateway.headersFor(lease, 'alice'),
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
    const received = bench.upstream.requests[0]?.headers ?? {}
    assert.equal(received['x-kept'], '2')
    assert.equal(received['x-of-client'], undefined)
    assert.equal(received['keep-alive'], undefined)
    assert.equal(received['content-length'], '2')
    assert.equal(received.connection, 'keep-alive')
    assert.equal(response.headers['x-kept'], '2')
    assert.equal(response.headers['x-of-server'], undefined)
    assert.equal(response.headers['proxy-authenticate'], undefined)
  })

  it('uses the base path of the server, and stops forwarding when the session is closed', async () => {
    bench.gateway.grant('bob', lease)
    await bench.send('GET', '/session/s2/title', tokenFor('bob'))
    assert.equal(bench.upstream.requests[0]?.url, '/hub/session/s2/title')
    bench.gateway.sessionClosed('bob')
    assertLost(await bench.send('GET', '/session/s2/title', tokenFor('bob')), /BATON_SESSION_LOST/)
  })

  it('ends the response, and records a fault, if the server dies in the middle of it', async () => {
    bench.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('begin', () => response.destroy())
    }
    await assert.rejects(
      fetch(`${bench.gateway.url}/session/s1/source`, { headers: bench.gateway.headersFor(lease, 'alice') }).then(
        async r => r.text(),
      ),
    )
    assert.equal(bench.gateway.pendingCount('alice'), 0)
    assert.equal(bench.gateway.faultsOf(lease)[0]?.kind, 'upstream')
  })

  it('forwards 50 MB up and down unchanged', async () => {
    const big = Buffer.alloc(50 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz')
    bench.answer = (request, response) => void request.pipe(response)
    const response = await fetch(`${bench.gateway.url}/session/s1/file`, {
      method: 'POST',
      headers: bench.gateway.headersFor(lease, 'alice'),
      body: big,
    })
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(big))
  })

  it('keeps connections alive on both sides', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let reused = 0
    for (let i = 0; i < 5; i++) {
      const client = requestHttp(`${bench.gateway.url}/session/s1/title`, {
        agent,
        headers: bench.gateway.headersFor(lease, 'alice'),
      })
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
    assert.equal(bench.upstream.connections, 1)
  })

  it('records a dead server and a dead session as faults, and nothing else', async () => {
    const say = (status: number, error: string) => {
      bench.answer = (_request, response) =>
        response.writeHead(status).end(JSON.stringify({ value: { error, message: 'm' } }))
    }
    say(404, 'no such element')
    assert.equal((await bench.send('POST', '/session/s1/element')).body.value?.error, 'no such element')
    assert.deepEqual(bench.gateway.faultsOf(lease), [])
    say(404, 'invalid session id')
    await bench.send('GET', '/session/s1/title')
    assert.deepEqual(
      bench.gateway.faultsOf(lease).map(({ device, kind, message }) => ({ device, kind, message })),
      [{ device: 'alice', kind: 'session', message: 'invalid session id: m' }],
    )
    bench.upstream.stop()
    const { status, body } = await bench.send('GET', '/session/s1/title')
    assert.equal(status, 500)
    assert.match(body.value?.message ?? '', /BATON_SESSION_LOST: the WebDriver server at http/)
    assert.equal(bench.gateway.faultsOf(lease)[1]?.kind, 'upstream')
    assert.deepEqual(bench.gateway.faultsOf(newer), [])
  })

  it('records a command to the session that has just ended as a fault, but not one to an unknown session', async () => {
    bench.gateway.sessionClosed('alice')
    assert.equal((await bench.send('GET', '/session/never/title')).status, 404)
    assert.deepEqual(bench.gateway.faultsOf(lease), [])
    assert.equal((await bench.send('GET', '/session/s1/title')).status, 404)
    assert.deepEqual(
      bench.gateway.faultsOf(lease).map(({ device, kind, message }) => ({ device, kind, message })),
      [{ device: 'alice', kind: 'session', message: 'session s1 ended' }],
    )
  })

  it('remembers the names of the commands that were sent', async () => {
    const send = async (path: string, body: string) =>
      fetch(`${bench.gateway.url}/session/s1${path}`, {
        method: 'POST',
        headers: bench.gateway.headersFor(lease, 'alice'),
        body,
      })
    await send('/url', '{"url":"http://a.test/x"}')
    await send('/url', '{"url":"http://user:key@a.test/x"}')
    await send('/element/e1/click', '{}')
    await send('/element/e2/click/', '{}')
    await send('/goog/cdp/execute', '{"cmd":"Page.enable"}')
    await send('/goog/cdp/execute', 'nonsense')
    await send('/goog/cdp/execute', JSON.stringify({ cmd: 'Page.enable', params: { text: 'x'.repeat(2_000_000) } }))
    assert.deepEqual(
      [...bench.gateway.usedCommands('alice').names],
      [
        'POST /url',
        'a URL with credentials',
        'POST /element/:id/click',
        'CDP Page.enable',
        'CDP command that could not be read',
      ],
    )
    assert.deepEqual([...bench.gateway.usedCommands('bob').names], [])
  })

  it('gives a worker a BiDi address that leads through the gateway', () => {
    assert.deepEqual(bench.gateway.workerSession('alice'), {
      id: 's1',
      capabilities: { webSocketUrl: `ws://127.0.0.1:${bench.gateway.address.port}/bidi/s1` },
    })
    assert.deepEqual(bench.gateway.workerSession('bob'), { id: 's2', capabilities: {} })
  })
})
