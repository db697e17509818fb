import assert from 'node:assert/strict'
import { once } from 'node:events'
import { attach } from 'webdriverio'
import { WebSocket } from 'ws'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { nextLease } from '../../src/host/gateway/gateway-token.js'
import { Gateway } from '../../src/host/gateway/gateway.js'
import { deviceEntry, FarmBench, farmSecret, type BenchDevice } from './host/device-bench.js'
import { PageServer } from './host/page-server.js'
import { RecordingServer } from './host/recording-server.js'
import { eventually } from './process/alive.js'

const lease = '1790000000000001'

async function connect(
  gateway: Gateway,
  sessionId: string,
  { token = lease, device = 'alice' } = {},
): Promise<WebSocket> {
  const url = `${gateway.url.replace('http', 'ws')}/bidi/${sessionId}`
  const socket = new WebSocket(url, { headers: gateway.headersFor(token, device) })
  await once(socket, 'open')
  return socket
}

const run = async (session: HostSession, script: string): Promise<unknown> =>
  session.command('POST', '/execute/sync', { script, args: [] })

const closeOf = async (socket: WebSocket): Promise<number> =>
  new Promise(resolve => socket.once('close', code => resolve(code)))

describe('the gateway over BiDi: close codes and messages on the session’s side', () => {
  let upstream: RecordingServer
  let gateway: Gateway

  before(async () => {
    upstream = await RecordingServer.start((_request, response) => response.end('{"value":null}'))
    gateway = await Gateway.start({ farmSecret: () => farmSecret, verifyLease: async () => false })
    const capabilities = { webSocketUrl: 'ws://elsewhere:1/bidi/s1' }
    gateway.sessionOpened('alice', { id: 's1', appium: `http://127.0.0.1:${upstream.port}`, capabilities })
    gateway.sessionOpened('bob', { id: 's2', appium: `http://127.0.0.1:${upstream.port}`, capabilities: {} })
    gateway.grant('alice', lease)
    gateway.grant('bob', lease)
  })
  after(async () => {
    await gateway.close()
    upstream.stop()
  })
  beforeEach(() => void upstream.closeCodes.splice(0))

  const ended = async () =>
    eventually(
      'the session’s side is closed',
      async () => upstream.closeCodes.length > 0 && gateway.pendingCount('alice') === 0,
    )

  for (const [how, end] of Object.entries({
    'is killed': (socket: WebSocket) => socket.terminate(),
    'closes without a code': (socket: WebSocket) => socket.close(),
    'closes with a code of its own': (socket: WebSocket) => socket.close(4000),
  })) {
    it(`closes with code 1000 if the client ${how}`, async () => {
      const socket = await connect(gateway, 's1')
      assert.equal(gateway.pendingCount('alice'), 1)
      socket.send('{"id":1}')
      end(socket)
      await ended()
      assert.deepEqual(upstream.closeCodes, [1000])
    })
  }

  it('closes with code 1000 if the client is killed while it connects', async () => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/bidi/s1`, {
      headers: gateway.headersFor(lease, 'alice'),
    })
    socket.on('error', () => {})
    const before = upstream.sockets.length
    await eventually('connected upstream', async () => upstream.sockets.length > before)
    socket.terminate()
    await ended()
    assert.deepEqual(upstream.closeCodes, [1000])
  })

  it('gets what the client sent, and the client gets what the session sent', async () => {
    const socket = await connect(gateway, 's1')
    const session = upstream.sockets.at(-1)
    assert.ok(session)
    session.on('message', (data, binary) => session.send(data, { binary }))
    const big = JSON.stringify({ id: 7, method: 'x', params: { text: 'y'.repeat(5_000_000) } })
    socket.send(big)
    const [echo] = (await once(socket, 'message')) as [Buffer]
    assert.equal(echo.toString(), big)
    socket.close()
    await ended()
  })

  it('never gets a command that would end the session', async () => {
    const socket = await connect(gateway, 's1')
    const seen: string[] = []
    upstream.sockets.at(-1)?.on('message', (data: Buffer) => seen.push(data.toString()))
    socket.send(JSON.stringify({ id: 3, method: 'session.end', params: {} }))
    const [answer] = (await once(socket, 'message')) as [Buffer]
    const { id, error } = JSON.parse(answer.toString()) as { id: number; error: string }
    assert.deepEqual([id, error], [3, 'unsupported operation'])
    socket.close()
    await ended()
    assert.deepEqual(seen, [])
  })

  it('refuses to connect with a wrong token, to another session, and to one without BiDi', async () => {
    for (const [session, token, status] of [
      ['s1', { token: '5' }, 401],
      ['s1', { device: 'bob' }, 401],
      ['unknown', {}, 404],
      ['s2', { device: 'bob' }, 404],
    ] as const) {
      await assert.rejects(connect(gateway, session, token), { message: `Unexpected server response: ${status}` })
    }
    assert.equal(gateway.pendingCount('alice') + gateway.pendingCount('bob'), 0)
  })

  it('closes the connections of a revoked lease, and knows when they are closed', async () => {
    const socket = await connect(gateway, 's1')
    const closed = closeOf(socket)
    assert.equal(await gateway.revoke('alice', nextLease(lease)), true)
    assert.equal(await closed, 4001)
    assert.equal(gateway.pendingCount('alice'), 0)
    // The other end of the same connection hears of its close in its own time.
    await ended()
    assert.deepEqual(upstream.closeCodes, [1000])
    await assert.rejects(connect(gateway, 's1'))
    gateway.grant('alice', nextLease(lease))
  })

  it('stops the clean-up after 2 s if the session does not respond', async () => {
    const socket = await connect(gateway, 's1', { token: nextLease(lease) })
    const session = upstream.sockets.at(-1)
    // The first command is answered, so that there is something to undo; nothing after it is.
    session?.once('message', () => session.send(JSON.stringify({ id: 1, result: { intercept: 'i' } })))
    socket.send(JSON.stringify({ id: 1, method: 'network.addIntercept', params: {} }))
    await once(socket, 'message')
    const start = Date.now()
    socket.terminate()
    await ended()
    assert.ok(Date.now() - start > 1900)
    assert.deepEqual(upstream.closeCodes, [1000])
  })
})

describe('the gateway over BiDi: WebdriverIO, Appium and Chromium', () => {
  let bench: FarmBench
  let pages: PageServer
  let device: BenchDevice

  before(async () => {
    pages = await PageServer.start()
    bench = await FarmBench.start([chromiumDriver])
    device = await bench.add(deviceEntry('phone', chromiumDriver, { emulate: 'Pixel 7' }), chromiumDriver)
    await device.sessions.ready()
    bench.gateway.grant('phone', lease)
  })
  after(async () => {
    await bench.stop()
    pages.stop()
  })

  const attached = async () => {
    const session = bench.gateway.workerSession('phone')
    assert.ok(session)
    return attach({
      sessionId: session.id,
      capabilities: session.capabilities,
      ...bench.gateway.address,
      headers: bench.gateway.headersFor(lease, 'phone'),
      logLevel: 'silent',
      connectionRetryCount: 0,
    })
  }
  const closeBidi = (browser: WebdriverIO.Browser) => {
    const handler = Reflect.get(browser, '_bidiHandler') as { close(): void }
    handler.close()
  }
  const quiet = async () => eventually('nothing under way', async () => bench.gateway.pendingCount('phone') === 0)
  const fetchInPage = async (): Promise<unknown> => {
    const session = await device.sessions.ready()
    await session.command('POST', '/url', { url: pages.url })
    return session.command('POST', '/execute/async', {
      script: `const done = arguments[arguments.length - 1]
        fetch('/api').then(r => r.json()).then(done); setTimeout(done, 9000, 'hung')`,
      args: [],
    })
  }

  it('supports mock, addInitScript and console events', async () => {
    const browser = await attached()
    const logged: unknown[] = []
    browser.on('log.entryAdded', entry => logged.push(entry.text))
    await browser.sessionSubscribe({ events: ['log.entryAdded'] })
    await browser.addInitScript(() => {
      Reflect.set(globalThis, 'injected', 'from the script')
    })
    const mock = await browser.mock(`${pages.url}/api**`)
    mock.respond({ mocked: true })
    await browser.url(pages.url)
    assert.deepEqual(await browser.execute(async () => (await fetch('/api')).json()), { mocked: true })
    await eventually('the console was heard', async () => logged.includes('page loaded from the script'))
    await mock.restore()
    closeBidi(browser)
    await quiet()
  })

  it('keeps a mock that was left behind from hanging the next page and the reset', async () => {
    const browser = await attached()
    const mock = await browser.mock(`${pages.url}/api**`)
    mock.respond({ mocked: true })
    await browser.addInitScript(() => {
      Reflect.set(globalThis, 'injected', 'left')
    })
    await browser.url(pages.url)
    closeBidi(browser)
    await quiet()
    assert.deepEqual(await fetchInPage(), { real: true })
    const session = await device.sessions.ready()
    assert.equal(await run(session, 'return window.injected'), null)
    assert.equal(await device.sessions.recycle(), session, 'it was reset, not replaced')
  })

  it('continues a request that is blocked by an intercept when its client is killed', async () => {
    const session = await device.sessions.ready()
    const socket = await connect(bench.gateway, session.id, { device: 'phone' })
    // Several messages may arrive at once: a listener that is added again for each would miss some.
    const seen: { id?: number; params?: { isBlocked?: boolean } }[] = []
    socket.on('message', (data: Buffer) => seen.push(JSON.parse(data.toString()) as (typeof seen)[number]))
    const ask = async (id: number, method: string, params: object) => {
      socket.send(JSON.stringify({ id, method, params }))
      await eventually(`${method} was answered`, async () => seen.some(message => message.id === id))
    }
    await session.command('POST', '/url', { url: pages.url })
    await ask(1, 'session.subscribe', { events: ['network.beforeRequestSent'] })
    await ask(2, 'network.addIntercept', { phases: ['beforeRequestSent'] })
    // Not awaited in the script: ChromeDriver passes nothing on over BiDi while it waits for a script's end.
    await run(session, `window.answer = fetch('/api').then(r => r.json())`)
    await eventually('the request is blocked', async () => seen.some(({ params }) => params?.isBlocked === true))
    socket.terminate()
    await quiet()
    assert.deepEqual(await run(session, 'return window.answer'), { real: true })
  })

  it('keeps Appium and its sessions running when a client is killed or closes', async () => {
    const { pid } = bench.appium
    const session = await device.sessions.ready()
    const killed = await connect(bench.gateway, session.id, { device: 'phone' })
    killed.terminate()
    const closing = await connect(bench.gateway, session.id, { device: 'phone' })
    closing.close()
    await quiet()
    await device.sessions.check()
    assert.equal(bench.appium.pid, pid)
  })

  it('loses only the session of a browser that is killed, and records the fault', async () => {
    const other = await bench.add(deviceEntry('other', chromiumDriver), chromiumDriver)
    const session = await other.sessions.ready()
    bench.gateway.grant('other', lease)
    const socket = await connect(bench.gateway, session.id, { device: 'other' })
    const closed = closeOf(socket)
    const { pid } = bench.appium
    process.kill(Number(session.capabilities['goog:processID']), 'SIGKILL')
    assert.equal(await closed, 1011)
    await assert.rejects(other.sessions.check())
    await device.sessions.check()
    assert.equal(bench.appium.pid, pid)
    assert.ok(bench.gateway.faultsOf(lease).some(({ device }) => device === 'other'))
    assert.notEqual((await other.sessions.ready()).id, session.id)
    await other.sessions.check()
  })

  it('leaves nothing of an origin that was opened, after the reset', async () => {
    const elsewhere = await PageServer.start()
    const browser = await attached()
    await browser.url(elsewhere.url)
    await browser.execute('localStorage.k = 1')
    await browser.url(pages.url)
    closeBidi(browser)
    await quiet()
    const session = await device.sessions.recycle()
    assert.equal(session.usedCommands.size, 0)
    await session.command('POST', '/url', { url: elsewhere.url })
    assert.equal(await run(session, 'return localStorage.length'), 0)
    elsewhere.stop()
  })
})
