import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws'
import { ProxyBench, seen } from './proxy-bench.js'

/** A WebSocket through the proxy, and the server's side of it. */
async function open(bench: ProxyBench, options: ServerOptions = {}, protocols: string[] = []) {
  const server = new WebSocketServer({ server: bench.server, ...options })
  const socket = await bench.tunnel()
  const createConnection = (): Socket => socket
  const device = new WebSocket(`ws://127.0.0.1:${bench.port}/chat?room=1`, protocols, {
    createConnection,
    headers: { cookie: 'sid=7', origin: 'http://app.test' },
  })
  const upgraded = once(device, 'upgrade')
  const [[peer, request]] = await Promise.all([once(server, 'connection'), once(device, 'open')])
  return { device, peer: peer as WebSocket, request, upgrade: (await upgraded)[0] }
}

async function textsOf(socket: WebSocket, count: number): Promise<string[]> {
  const texts: string[] = []
  return new Promise(resolve =>
    socket.on('message', (data: Buffer) => {
      texts.push(data.toString())
      if (texts.length === count) resolve(texts)
    }),
  )
}

const json = (type: string, more: object = {}): string => JSON.stringify({ type, ...more })

describe("a device's proxy: WebSockets", () => {
  it('leaves subprotocol, cookies, origin and extensions to device and server', async () => {
    await using bench = await ProxyBench.start()
    const { device, request, upgrade } = await open(
      bench,
      { perMessageDeflate: { threshold: 0 }, handleProtocols: () => 'v2' },
      ['v1', 'v2'],
    )
    assert.equal(device.protocol, 'v2')
    assert.match(device.extensions, /permessage-deflate/)
    assert.equal(request.headers.cookie, 'sid=7')
    assert.equal(request.headers.origin, 'http://app.test')
    assert.equal(request.url, '/chat?room=1')
    assert.match(upgrade.headers['sec-websocket-extensions'], /permessage-deflate/)
    device.terminate()
  })

  it('names messages, also compressed ones, and passes fragments, pings and close codes', async () => {
    await using bench = await ProxyBench.start()
    const { device, peer } = await open(bench, { perMessageDeflate: { threshold: 0 } })
    const received = textsOf(peer, 3)
    device.send(json('join', { name: 'bob' }))
    device.send('{"type":', { fin: false })
    const pong = once(device, 'pong')
    device.ping('alive')
    device.send('"say"}', { fin: true })
    device.send(json('join', { name: 'bob' }))
    assert.deepEqual(await received, [json('join', { name: 'bob' }), json('say'), json('join', { name: 'bob' })])
    assert.equal((await pong)[0].toString(), 'alive')
    const binary = once(device, 'message')
    peer.send(Buffer.alloc(300_000, 7))
    assert.equal((await binary)[0].length, 300_000)
    const closed = Promise.all([once(peer, 'close'), once(device, 'close')])
    device.close(4321, 'bye')
    for (const [code, reason] of await closed) assert.deepEqual([code, String(reason)], [4321, 'bye'])
    const lines = ['open /chat', 'sent join', 'sent say', 'sent join', 'received /chat', 'close /chat', 'close /chat']
    assert.deepEqual(seen(bench), lines)
  })

  it('holds a message and those behind it, in order', async () => {
    await using bench = await ProxyBench.start()
    const { device, peer } = await open(bench)
    bench.network.addRule({ id: 'h', action: 'hold', match: { kind: 'received', type: 'read' } })
    const first = textsOf(device, 1)
    for (const type of ['sent', 'read', 'typing']) peer.send(json(type))
    assert.deepEqual(await first, [json('sent')])
    assert.equal((await bench.network.log.waitFor({ heldBy: 'h' }, 5_000))?.type, 'read')
    const back = textsOf(peer, 1)
    device.send(json('up'))
    assert.deepEqual(await back, [json('up')], 'the other direction goes on')
    const rest = textsOf(device, 2)
    bench.network.endRule('h')
    assert.deepEqual(await rest, [json('read'), json('typing')])
    device.terminate()
  })

  for (const perMessageDeflate of [false, { threshold: 0 }]) {
    it(`drops a message, and later ones arrive (${perMessageDeflate ? 'compressed' : 'plain'})`, async () => {
      await using bench = await ProxyBench.start()
      const { device, peer } = await open(bench, { perMessageDeflate })
      bench.network.addRule({ id: 'd', action: 'drop', match: { type: 'like' }, nth: 1 })
      const [up, down] = [textsOf(peer, 3), textsOf(device, 1)]
      const long = json('long', { text: 'like '.repeat(30_000) })
      for (const text of [json('hello'), json('like'), json('like'), long]) device.send(text)
      assert.deepEqual(await up, [json('hello'), json('like'), long])
      peer.send(json('like'))
      assert.deepEqual(await down, [json('like')])
      assert.ok(seen(bench).includes('sent like dropped'))
      device.terminate()
    })
  }

  it('cuts connections when the device goes offline, and opens none until it is back', async () => {
    await using bench = await ProxyBench.start()
    const { device, peer } = await open(bench)
    const closed = Promise.all([once(device, 'close'), once(peer, 'close')])
    bench.network.setOffline(true)
    assert.deepEqual(
      (await closed).map(([code]) => code as number),
      [1006, 1006],
    )
    await assert.rejects(bench.fetch('/'), /socket hang up|ECONNRESET/)
    bench.network.restore()
    assert.equal((await bench.fetch('/')).body, 'ok')
  })

  it('passes on that a server refuses a WebSocket, and other protocols unread', async () => {
    await using bench = await ProxyBench.start()
    bench.server.on('upgrade', (request, socket) => {
      const isEcho = request.headers.upgrade === 'echo'
      socket.end(
        isEcho
          ? 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nraw'
          : 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
      )
    })
    const answers = ['websocket', 'echo'].map(async protocol => {
      const socket = await bench.tunnel()
      socket.write(`GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
      return Buffer.concat(await socket.toArray()).toString()
    })
    const [refused, echo] = await Promise.all(answers)
    assert.match(refused ?? '', /^HTTP\/1.1 403 Forbidden\r\n[\s\S]*\r\n\r\nno$/)
    assert.match(echo ?? '', /^HTTP\/1.1 101 [\s\S]*raw$/)
  })
})
