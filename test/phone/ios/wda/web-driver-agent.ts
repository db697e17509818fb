import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../../../src/process/free-port.js'
import { WebDriverError } from '../../webdriver/webdriver-error.js'
import type { Iphone } from '../iphone.js'
import { routes } from './routes.js'
import { WdaSessions } from './wda-sessions.js'

/** The WebDriverAgent of one iPhone: an HTTP server that can end and be started again at the same port. */
export class WebDriverAgent {
  readonly #phone: Iphone
  #sessions: WdaSessions
  #port = 0
  #server: Server | undefined
  #thawed: Promise<void> | undefined
  #thaw = (): void => {}

  constructor(phone: Iphone) {
    this.#phone = phone
    this.#sessions = new WdaSessions(phone)
  }

  /** `http://127.0.0.1:PORT`; the same after a restart. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Id of its only session. */
  get sessionId(): string | undefined {
    return this.#sessions.current?.id
  }

  async start(): Promise<void> {
    if (this.#server) return
    if (this.#port === 0) this.#port = await freePort()
    this.#sessions = new WdaSessions(this.#phone)
    this.#server = createServer((request, response) => {
      // The client may disconnect in the middle of its request.
      void this.#answer(request, response).catch(() => response.destroy())
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Ends it, as if it had crashed: its connections break, nothing listens at its port, its session is lost. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  /** It accepts connections, but answers nothing until `thaw`. */
  freeze(): void {
    this.#thawed ??= new Promise(resolve => (this.#thaw = resolve))
  }

  thaw(): void {
    this.#thaw()
    this.#thawed = undefined
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    if (this.#phone.behavior.commandDelayMs > 0) await delay(this.#phone.behavior.commandDelayMs)
    await this.#thawed
    const { status, value } = this.#handle(`${request.method} ${request.url}`, body)
    const json = JSON.stringify({ value: value ?? null, sessionId: this.sessionId ?? null })
    // In one write: a second small one would wait for the acknowledgement of the first.
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(json),
    })
    response.end(json)
  }

  #handle(line: string, body: string): { status: number; value: unknown } {
    const target = line.replace(/\?.*$/, '')
    try {
      for (const { pattern, handle } of routes) {
        const match = pattern.exec(target)
        if (!match) continue
        const parameters = match.groups ?? {}
        const id = parameters['session']
        const data = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>
        const elements = id === undefined ? this.#sessions.elements : this.#sessions.use(id)
        const call = { phone: this.#phone, sessions: this.#sessions, elements, parameters, data }
        return { status: 200, value: handle(call) }
      }
      throw new WebDriverError('unknown command', `the simulated WebDriverAgent knows no '${target}'`)
    } catch (error) {
      if (error instanceof WebDriverError) {
        return { status: error.status, value: { error: error.code, message: error.message, traceback: '' } }
      }
      const message = error instanceof Error ? error.message : String(error)
      return { status: 500, value: { error: 'unknown error', message, traceback: '' } }
    }
  }
}
