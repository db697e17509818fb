import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { controlPorts } from '../../../src/process/free-port.js'
import { ProxyBench, seen } from './proxy-bench.js'

describe("a device's proxy: HTTP", () => {
  it('passes on requests and responses as they are', async () => {
    const requests: { method: string | undefined; url: string | undefined; raw: string[] }[] = []
    await using bench = await ProxyBench.start((request, response) => {
      requests.push({ method: request.method, url: request.url, raw: request.rawHeaders })
      response.sendDate = false
      response.writeHead(201, 'Made', ['Set-Cookie', 'a=1', 'X-Odd', 'ü', 'set-cookie', 'b=2'])
      response.end(request.method === 'HEAD' ? undefined : 'yes')
    })
    const answer = await bench.fetch("/a/../b%2Fc?x=1&y='|'", { method: 'PUT', headers: { 'X-Mine': '1' }, body: 'hi' })
    assert.equal(answer.status, 201)
    assert.equal(answer.response.statusMessage, 'Made')
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(answer.headers.date, undefined)
    assert.equal(answer.body, 'yes')
    assert.equal(requests[0]?.url, "/a/../b%2Fc?x=1&y='|'")
    assert.ok(requests[0]?.raw.includes('X-Mine'))
    assert.equal((await bench.fetch('/', { method: 'HEAD' })).status, 201)
    await bench.fetch('/empty', { method: 'POST' })
    assert.deepEqual(requests[2]?.raw.slice(-2), ['Connection', 'keep-alive'])
    assert.deepEqual(seen(bench).slice(0, 2), ['request PUT /b%2Fc', 'response PUT 201 /b%2Fc'])
  })

  it('keeps one connection to the server for each of the device, and ends it with that', async () => {
    const ports = new Set<number | undefined>()
    await using bench = await ProxyBench.start((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('ok')
    })
    const ended = once(bench.server, 'connection').then(async ([socket]) => once(socket, 'close'))
    for (let count = 0; count < 5; count++) await bench.fetch('/')
    assert.equal(ports.size, 1)
    bench.network.closeConnections()
    await ended
  })

  it('streams large bodies both ways, without keeping them', async () => {
    await using bench = await ProxyBench.start((request, response) => request.pipe(response))
    const request = bench.request('/echo', { method: 'POST' })
    const [sent, received] = [createHash('sha1'), createHash('sha1')]
    const piece = randomBytes(1024 * 1024)
    request.once('response', (response: IncomingMessage) => response.on('data', chunk => received.update(chunk)))
    const ended = once(request, 'response').then(async ([response]) => once(response, 'end'))
    for (let count = 0; count < 24; count++) {
      sent.update(piece)
      if (!request.write(piece)) await once(request, 'drain')
    }
    request.end()
    await ended
    assert.equal(received.digest('hex'), sent.digest('hex'))
  })

  it('passes on trailers, 100 Continue and early hints', async () => {
    await using bench = await ProxyBench.start()
    bench.server.on('checkContinue', (request: IncomingMessage, response) => {
      response.writeContinue()
      request.resume().once('end', () => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.writeHead(200, { trailer: 'x-sum' })
        response.write('body')
        response.addTrailers({ 'x-sum': request.trailers['x-up'] ?? 'none' })
        response.end()
      })
    })
    const headers = { expect: '100-continue', trailer: 'x-up', 'transfer-encoding': 'chunked', te: 'trailers' }
    const request = bench.request('/', { method: 'POST', headers })
    request.flushHeaders()
    const hints: number[] = []
    request.on('information', ({ statusCode }) => hints.push(statusCode))
    await once(request, 'continue')
    request.write('hello')
    request.addTrailers({ 'x-up': '42' })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await response.toArray()
    assert.equal(response.trailers['x-sum'], '42')
    assert.deepEqual(hints, [100, 103])
  })

  it('cuts a request if the device goes away, and a response if the server breaks off', async () => {
    const aborted: Promise<unknown>[] = []
    await using bench = await ProxyBench.start((request, response) => {
      if (request.url === '/slow') aborted.push(once(response, 'close'))
      else {
        response.writeHead(200, { 'content-length': 100 })
        response.write('half', () => request.socket.destroy())
      }
    })
    const slow = bench.request('/slow')
    slow.on('error', () => {})
    slow.end()
    await once(bench.server, 'request')
    slow.destroy()
    await Promise.all(aborted)
    const request = bench.request('/half')
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await assert.rejects(response.toArray(), /aborted/)
  })

  it('cuts the connection if the server is missing, as a browser would see it', async () => {
    const unused = createServer().listen(0, '127.0.0.1')
    await once(unused, 'listening')
    const { port } = unused.address() as AddressInfo
    unused.close()
    await using bench = await ProxyBench.start()
    await assert.rejects(bench.fetch('', { path: `http://127.0.0.1:${port}/` }), /socket hang up/)
    await assert.rejects(bench.tunnel(`127.0.0.1:${port}`), /502 Bad Gateway/)
  })

  it('refuses what is not for a proxy, and survives what is not HTTP', async () => {
    await using bench = await ProxyBench.start()
    const direct = await bench.fetch('', { path: '/direct' })
    assert.equal(direct.status, 400)
    assert.match(direct.body, /the proxy of bob/)
    for (const bytes of [
      'GET nonsense HTTP/1.1\r\n\r\n',
      '\x16\x03\x01',
      'CONNECT nowhere:x HTTP/1.1\r\n\r\n',
      '\n\n',
    ]) {
      const socket = bench.connect()
      socket.end(bytes)
      await once(socket.resume(), 'close')
    }
    assert.equal((await bench.fetch('/')).body, 'ok')
  })

  it('keeps pages from ports that control the host and its devices', async () => {
    await using bench = await ProxyBench.start()
    const control = `127.0.0.1:${controlPorts.from + 1}`
    await assert.rejects(bench.fetch('', { path: `http://${control}/` }), /socket hang up/)
    await assert.rejects(bench.tunnel(control), /403 Forbidden/)
    bench.proxy.closedPorts = [bench.port]
    await assert.rejects(bench.fetch('/'), /socket hang up/)
    await assert.rejects(bench.tunnel(`localhost:${bench.port}`), /403 Forbidden/)
    assert.deepEqual(seen(bench), [])
  })

  it('passes unknown bytes of a tunnel on, as one connection', async () => {
    await using bench = await ProxyBench.start()
    const echo = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const { port } = echo.address() as AddressInfo
    const socket = await bench.tunnel(`127.0.0.1:${port}`)
    socket.end(Buffer.from([0x16, 3, 1, 0, 5]))
    assert.deepEqual(Buffer.concat(await socket.toArray()), Buffer.from([0x16, 3, 1, 0, 5]))
    assert.deepEqual(seen(bench), ['connect'])
    echo.close()
  })

  it('stands for a server on a port of its own', async () => {
    await using bench = await ProxyBench.start((request, response) => response.end(request.headers.host))
    const port = await bench.proxy.portFor({ hostname: '127.0.0.1', port: bench.port })
    assert.equal(await bench.proxy.portFor({ hostname: '127.0.0.1', port: bench.port }), port)
    const answer = await fetch(`http://127.0.0.1:${port}/a?b`, { headers: { connection: 'close' } })
    assert.equal(await answer.text(), `127.0.0.1:${port}`)
    assert.deepEqual(seen(bench), ['request GET /a', 'response GET 200 /a'])
  })

  it('passes events of a server on as they come, and one by one if they are held', async () => {
    let send: (text: string) => void = () => {}
    await using bench = await ProxyBench.start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      send = text => void response.write(text)
    })
    const request = bench.request('/events')
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.setEncoding('utf8')
    let received = ''
    response.on('data', (text: string) => (received += text))
    const read = async (text: string): Promise<void> => {
      while (received.length < text.length) await once(response, 'data')
      assert.equal(received, text)
      received = ''
    }
    send(': hello\n\ndata: 1')
    await read(': hello\n\ndata: 1')
    send('\n\n')
    await read('\n\n')
    bench.network.addRule({ id: 'r', action: 'hold', match: { kind: 'event', type: 'price' } })
    send('event: bid\r\ndata: 2\r\n\r\nevent: price\ndata: 3\n\nevent: bid\ndata: 4\n\n')
    await read('event: bid\r\ndata: 2\r\n\r\n')
    const held = await bench.network.log.waitFor({ heldBy: 'r' }, 5_000)
    assert.equal(held?.text, '3')
    assert.equal(bench.network.endRule('r'), 1)
    await read('event: price\ndata: 3\n\nevent: bid\ndata: 4\n\n')
    const events = seen(bench).filter(line => line.startsWith('event'))
    assert.deepEqual(events, ['event message', 'event bid', 'event price', 'event bid'])
    request.destroy()
  })
})
