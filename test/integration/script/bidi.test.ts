import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { attachRole, detachRole } from '../../../src/script/attach-role.js'
import { setCommandInterceptor } from '../../../src/script/command-interceptor.js'
import type { RoleSession } from '../../../src/script/worker-messages.js'

/** Stands for a gateway: answers every BiDi call but those that are to wait. */
class BidiEnd {
  readonly upgrades: { path: string | undefined; headers: IncomingHttpHeaders }[] = []
  readonly methods: string[] = []
  refuse = false
  silent: string | undefined
  #socket: WebSocket | undefined
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #server: Server

  constructor() {
    this.#server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ value: 'classic' }))
    })
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrades.push({ path: request.url, headers: request.headers })
      if (this.refuse) return void socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n')
      this.#sockets.handleUpgrade(request, socket, head, client => this.#serve(client))
      return undefined
    })
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get role(): RoleSession {
    return {
      role: 'alice',
      device: { name: 'alice', labels: [], platform: 'chromium' },
      session: {
        id: 'session',
        capabilities: { browserName: 'chrome', webSocketUrl: 'ws://elsewhere:1/bidi/session' },
      },
      gateway: {
        protocol: 'http',
        hostname: '127.0.0.1',
        port: (this.#server.address() as AddressInfo).port,
        path: '/',
      },
      headers: { 'x-lease': 'token' },
      webdriver: {},
    }
  }

  drop(): void {
    this.#socket?.terminate()
  }

  async close(): Promise<void> {
    this.drop()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #serve(client: WebSocket): void {
    this.#socket = client
    client.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString()) as { id: number; method: string }
      this.methods.push(method)
      if (method === this.silent) return this.drop()
      client.send(JSON.stringify({ type: 'success', id, result: { contexts: [] } }))
    })
  }
}

describe('BiDi', () => {
  let end: BidiEnd
  beforeEach(async () => {
    end = new BidiEnd()
    await end.listen()
  })
  afterEach(async () => {
    setCommandInterceptor(undefined)
    await end.close()
  })

  it("goes through the role's gateway, with its path and headers", async () => {
    const attached = await attachRole(end.role, false)
    assert.equal(attached.browser.isBidi, true)
    assert.equal(end.upgrades[0]?.path, '/bidi/session')
    assert.equal(end.upgrades[0]?.headers['x-lease'], 'token')
    detachRole(attached)
  })

  it('goes through the command interceptor', async () => {
    const attached = await attachRole(end.role, false)
    const seen: string[] = []
    setCommandInterceptor((call, proceed) => {
      seen.push(call.command)
      return proceed()
    })
    await attached.browser.sessionStatus({})
    assert.deepEqual(seen, ['session.status'])
    setCommandInterceptor(() => {
      throw new Error('shut')
    })
    await assert.rejects(attached.browser.sessionEnd({}), /shut/)
    assert.equal(end.methods.includes('session.end'), false)
    detachRole(attached)
  })

  it('leaves a browser without BiDi and the process alive if it is refused', async () => {
    end.refuse = true
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { warn } = console
    const warnings: string[] = []
    console.warn = (text: string) => void warnings.push(text)
    const attached = await attachRole(end.role, false).finally(() => (console.warn = warn))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', note)
    assert.deepEqual(unhandled, [])
    assert.equal(attached.browser.isBidi, false)
    assert.equal(await attached.browser.getTitle(), 'classic')
    assert.match(warnings.join(), /BiDi connection to 'alice' was refused/)
    detachRole(attached)
  })

  it('fails a call if its connection is closed', async () => {
    const attached = await attachRole(end.role, false)
    end.silent = 'session.status'
    await assert.rejects(attached.browser.sessionStatus({}), /session closed.*BiDi connection was closed/)
    detachRole(attached)
  })

  it('is off if the session has no BiDi', async () => {
    const { role } = end
    const session = { ...role.session, capabilities: { browserName: 'chrome', webSocketUrl: true } }
    const attached = await attachRole({ ...role, session }, false)
    assert.equal(attached.browser.isBidi, false)
    assert.deepEqual(end.upgrades, [])
    detachRole(attached)
  })

  it('ends when the browser is detached', async () => {
    const attached = await attachRole(end.role, false)
    detachRole(attached)
    assert.equal(attached.browser.isBidi, false)
    await assert.rejects(attached.browser.sessionStatus({}), /No connection/)
  })
})
