import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Gateway } from '../../src/host/gateway/gateway.js'
import { controlToken, GatewayBench, tokenFor } from './host/gateway-bench.js'

interface Client {
  socket: Socket
  /** What was received, once the connection is closed. */
  closed: Promise<string>
}

function open({ ports: [port = 0] }: Gateway, text: string): Client {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
  socket.on('error', () => {})
  socket.write(text)
  return { socket, closed: once(socket, 'close').then(() => received) }
}

const post = (path: string, headers: Record<string, string>, body: string): string => {
  const all = { host: 'gateway', 'content-length': '4000000', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const genuine = { 'x-baton-device': 'alice', 'x-baton-lease': tokenFor('alice') }
const genuineControl = { 'x-baton-device': 'alice', 'x-baton-lease': controlToken('ready') }

describe('the limits of a gateway', () => {
  let bench: GatewayBench
  beforeEach(async () => {
    bench = await GatewayBench.start({ maxConnections: 20, headersMs: 300, bodyPauseMs: 300, requestMs: 2_000 })
  })
  afterEach(async () => bench.stop())

  it('answers a client without a valid token before it has sent its body, and closes the connection', async () => {
    for (const path of [
      '/baton/ready',
      '/baton/none',
      '/session',
      '/session/s1/url',
      '/session/s1',
      '/session/x/y',
      '/z',
    ])
      for (const headers of [{}, { 'x-baton-device': 'alice', 'x-baton-lease': tokenFor('alice', '5', 'guess') }])
        assert.match(await open(bench.gateway, post(path, headers, '{')).closed, /^HTTP\/1\.1 404 /, path)
    for (const method of ['DELETE', 'PUT'])
      assert.match(
        await open(bench.gateway, `${method} /session/s1 HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n`).closed,
        /^HTTP\/1\.1 404 /,
      )
    assert.equal(bench.upstream.requests.length, 0)
  })

  it('buffers no body of many clients without a token', async () => {
    const chunk = Buffer.alloc(1_000_000, 0x20)
    const before = process.memoryUsage().rss
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 20 }, () => open(bench.gateway, post('/baton/ready', {}, '{')))
      for (const { socket } of clients) for (let part = 0; part < 3; part++) socket.write(chunk)
      await Promise.all(clients.map(({ closed }) => closed))
    }
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 400_000_000, `grew by ${grown} bytes`)
    assert.equal((await bench.send('GET', '/session/s1/title')).status, 200)
  })

  it('closes a connection whose headers or body do not come', async () => {
    const slow = [
      open(bench.gateway, ''),
      open(bench.gateway, 'GET /session/s1/title HTTP/1.1\r\nhost: x\r\nx-a: '),
      open(bench.gateway, post('/baton/ready', genuineControl, '{')),
      open(bench.gateway, post('/session/s1/url', genuine, '{')),
      open(bench.gateway, post('/session', genuine, '{')),
    ]
    await Promise.all(slow.map(async ({ closed }) => closed))
    assert.equal((await bench.send('GET', '/session/s1/title')).status, 200)
  })

  it('does not limit the time until a response', async () => {
    bench.answer = (request, response) => {
      request.resume()
      setTimeout(() => response.end('{"value":"late"}'), 1_000)
    }
    assert.equal((await bench.send('POST', '/session/s1/url')).body.value, 'late')
  })

  it('closes connections beyond its limit at once, and serves again when others have ended', async () => {
    const all = Array.from({ length: 40 }, () => open(bench.gateway, ''))
    await Promise.all(all.map(({ closed }) => closed))
    assert.equal((await bench.send('GET', '/session/s1/title')).status, 200)
  })
})
