import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { asSocket, type AdbStream } from '../adbd/adb-stream.js'
import type { Phone } from '../phone.js'
import { WebDriverError } from '../webdriver/webdriver-error.js'
import { routes } from './routes.js'
import type { Session } from './session.js'

/** Serves HTTP on streams that come in through adb. */
export class AutomatorHttp {
  readonly #server = createServer((request, response) => {
    // The client may disconnect in the middle of its request.
    void this.#answer(request, response).catch(() => response.destroy())
  })
  readonly #phone: Phone
  readonly #session: Session

  constructor(phone: Phone, session: Session) {
    this.#phone = phone
    this.#session = session
  }

  serve(stream: AdbStream): void {
    this.#server.emit('connection', asSocket(stream))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    if (this.#phone.behavior.commandDelayMs > 0) await delay(this.#phone.behavior.commandDelayMs)
    const { status, value } = await this.#handle(`${request.method} ${request.url}`, body)
    const json = JSON.stringify({ sessionId: this.#session.id, value: value ?? null })
    // In one write: a second small one would wait for the acknowledgement of the first.
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(json),
    })
    response.end(json, () => this.#session.answered())
  }

  async #handle(line: string, body: string): Promise<{ status: number; value: unknown }> {
    const target = line
      .replace(/\/wd\/hub/, '')
      .replace(/\?.*$/, '')
      .replace(/(.)\/$/, '$1')
    try {
      for (const { pattern, handle } of routes) {
        const match = pattern.exec(target)
        if (!match) continue
        const parameters = (match.groups ?? {}) as Record<string, string>
        const data = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>
        return { status: 200, value: await handle({ session: this.#session, parameters, data, phone: this.#phone }) }
      }
      throw new WebDriverError('unknown command', `the simulated phone's server knows no '${target}'`)
    } catch (error) {
      if (error instanceof WebDriverError) {
        return { status: error.status, value: { error: error.code, message: error.message, stacktrace: '' } }
      }
      const message = error instanceof Error ? error.message : String(error)
      return { status: 500, value: { error: 'unknown error', message, stacktrace: '' } }
    }
  }
}
