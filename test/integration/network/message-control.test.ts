import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import { Gateway } from '../../../src/host/gateway/gateway.js'
import { nextLease } from '../../../src/host/gateway/gateway-token.js'
import { MessageControl } from '../../../src/host/network/message-control.js'
import { MessageStream, type WaitingMessage } from '../../../src/script/explore/message-stream.js'
import { lease, newer } from '../host/gateway-bench.js'
import { ProxyBench } from './proxy-bench.js'

/** A gateway in front of the proxy of bob, and what waits there for the worker. */
class ControlBench implements AsyncDisposable {
  readonly #waiting: WaitingMessage[] = []
  #notify = (): void => {}
  stream!: MessageStream

  private constructor(
    readonly proxy: ProxyBench,
    readonly gateway: Gateway,
  ) {}

  static async start(listener?: Parameters<typeof ProxyBench.start>[0]): Promise<ControlBench> {
    const proxy = await ProxyBench.start(listener)
    const gateway = await Gateway.start({
      farmSecret: () => 'secret',
      verifyLease: async () => false,
      controlMessages: (device, client) => {
        if (device !== 'bob') return undefined
        const control = new MessageControl(client, proxy.network)
        proxy.network.addGate(control)
        return control
      },
    })
    gateway.sessionOpened('bob', { id: 's1', appium: 'http://127.0.0.1:1', capabilities: {} })
    gateway.grant('bob', lease)
    const bench = new ControlBench(proxy, gateway)
    const stream = await bench.connect('bob', lease)
    assert.ok(stream)
    bench.stream = stream
    return bench
  }

  async connect(device: string, of: string): Promise<MessageStream | undefined> {
    const session = { gateway: this.gateway.address, headers: this.gateway.headersFor(of, device) }
    return MessageStream.connect(session, {
      waits: waiting => {
        this.#waiting.push(waiting)
        this.#notify()
      },
      changed: () => this.#notify(),
    })
  }

  /** The next message that waits, as text, and lets it pass. */
  async next(): Promise<{ text: string; pass: () => void }> {
    await this.until(() => this.#waiting.length > 0)
    const { message, isUp, pass } = this.#waiting.shift() as WaitingMessage
    const { kind, method, path, type } = message
    return { text: [isUp ? '>' : '<', kind, method ?? type, path].filter(Boolean).join(' '), pass }
  }

  /** What waits now. */
  async waiting(): Promise<number> {
    await this.stream.sync()
    return this.#waiting.length
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>(resolve => (this.#notify = resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stream.close()
    await this.gateway.close()
    await this.proxy[Symbol.asyncDispose]()
  }
}

describe("a device's proxy: a worker decides when messages pass", () => {
  it('holds requests and responses, and counts them', async () => {
    const served: string[] = []
    await using bench = await ControlBench.start((request, response) => {
      served.push(request.url ?? '')
      response.end('ok')
    })
    const { stream, proxy } = bench
    await proxy.fetch('/before')
    stream.start()
    await stream.sync()
    const answer = proxy.fetch('/send?id=1', { method: 'POST', headers: { 'sec-fetch-dest': 'empty' } })
    const request = await bench.next()
    assert.equal(request.text, '> request POST /send')
    assert.deepEqual(served, ['/before'])
    assert.deepEqual(stream.counts, { requests: 2, responses: 1, sockets: 0, up: 0, down: 0 })
    request.pass()
    const response = await bench.next()
    assert.equal(response.text, '< response POST /send')
    assert.equal(stream.unanswered, 0)
    assert.equal(stream.counts.responses, 1)
    response.pass()
    assert.equal((await answer).body, 'ok')
    await stream.sync()
    assert.equal(stream.counts.responses, 2)
  })

  it('lets documents, scripts, styles and images pass, and does not count them', async () => {
    await using bench = await ControlBench.start()
    bench.stream.start()
    await bench.stream.sync()
    for (const destination of ['document', 'script', 'style', 'image', 'font']) {
      await bench.proxy.fetch('/page', { headers: { 'sec-fetch-dest': destination } })
    }
    await bench.proxy.fetch('/page', { headers: { accept: 'text/html,*/*' } })
    await bench.proxy.fetch('/app.js')
    assert.equal(await bench.waiting(), 0)
    assert.equal(bench.stream.counts.requests, 0)
  })

  it('holds the messages of a WebSocket one after the other, each way', async () => {
    await using bench = await ControlBench.start()
    const { stream, proxy } = bench
    const peers = new WebSocketServer({ server: proxy.server })
    peers.on('connection', peer =>
      peer.on('message', (text: Buffer) => peer.send(`{"type":"echo-${text.toString()}"}`)),
    )
    stream.start()
    const socket = await proxy.tunnel()
    const client = new WebSocket('ws://localhost/chat', { createConnection: () => socket })
    const open = await bench.next()
    assert.equal(open.text, '> open /chat')
    open.pass()
    await once(client, 'open')
    for (const text of ['a', 'b']) client.send(text)
    const sent = await bench.next()
    assert.equal(sent.text, '> sent /chat')
    // Both have arrived, but the second comes after the first.
    await bench.until(() => stream.counts.up === 2)
    assert.equal(await bench.waiting(), 0)
    sent.pass()
    const [one, other] = [await bench.next(), await bench.next()]
    assert.deepEqual([one.text, other.text].sort(), ['< received echo-a /chat', '> sent /chat'])
    assert.equal(stream.counts.down, 0)
    const received = once(client, 'message')
    for (const each of [one, other]) each.pass()
    assert.equal(((await received)[0] as Buffer).toString(), '{"type":"echo-a"}')
    const second = await bench.next()
    const again = once(client, 'message')
    second.pass()
    assert.equal(((await again)[0] as Buffer).toString(), '{"type":"echo-b"}')
    await stream.sync()
    assert.deepEqual(stream.counts, { requests: 0, responses: 0, sockets: 1, up: 2, down: 2 })
    client.close()
    const close = await bench.next()
    assert.equal(close.text, '> close /chat')
    stream.stop()
    await once(client, 'close')
    peers.close()
  })

  it('lets everything pass when the worker stops, or its connection breaks', async () => {
    await using bench = await ControlBench.start()
    const { stream, proxy } = bench
    stream.start()
    const [one, other] = [proxy.fetch('/one'), proxy.fetch('/other')]
    await bench.next()
    await bench.next()
    stream.stop()
    assert.deepEqual([(await one).body, (await other).body], ['ok', 'ok'])
    stream.start()
    const third = proxy.fetch('/third')
    await bench.next()
    await stream.close()
    assert.equal((await third).body, 'ok')
    assert.equal((await proxy.fetch('/fourth')).body, 'ok')
  })

  it('ends with the lease', async () => {
    await using bench = await ControlBench.start()
    const { stream, proxy, gateway } = bench
    assert.equal(await bench.connect('bob', newer), undefined)
    assert.equal(await bench.connect('alice', lease), undefined)
    stream.start()
    const held = proxy.fetch('/held')
    await bench.next()
    await gateway.revoke('bob', nextLease(lease))
    assert.equal((await held).body, 'ok')
    await bench.until(() => stream.isLost)
    assert.equal(await bench.connect('bob', lease), undefined)
  })
})
