import type { ServerResponse } from 'node:http'
import { RecordingServer } from '../../integration/host/recording-server.js'

/** How the n-th request of its kind is answered: as soon as it is known, never, or with this W3C error. */
type Answer = (request: string, nth: number) => Reply | Promise<Reply>
type Reply = 'ok' | 'never' | { error: string }

/** What somebody else's Appium server got, and answered as a test wants it. */
export class ForeignAppium {
  /** `METHOD /path/below/the/session` → ids of the sessions that it was sent to, oldest first. */
  readonly requests = new Map<string, string[]>()
  #told = (): void => {}
  #server: RecordingServer | undefined

  static async start(answer: Answer): Promise<ForeignAppium> {
    const appium = new ForeignAppium()
    appium.#server = await RecordingServer.start((request, response) => {
      request.resume()
      const [, session = '', path = ''] = /^\/session(?:\/([^/]+))?(.*)$/.exec(request.url ?? '') ?? []
      const text = `${request.method} ${path === '' && session === '' ? '/session' : path}`
      const sessions = [...(appium.requests.get(text) ?? []), session]
      appium.requests.set(text, sessions)
      void Promise.resolve(answer(text, sessions.length)).then(known =>
        reply(response, known, `session-${sessions.length}`),
      )
      appium.#told()
    })
    return appium
  }

  /** devices.json with alice, who lives there and needs no reset. */
  get farm(): object {
    return this.farmOf('alice')
  }

  farmOf(device: string): object {
    const url = `http://127.0.0.1:${this.#server?.port}`
    return { devices: [{ name: device, driver: 'fake', reset: 'none', appium: { url } }] }
  }

  async got(request: string, times = 1): Promise<void> {
    while ((this.requests.get(request)?.length ?? 0) < times) await new Promise<void>(resolve => (this.#told = resolve))
  }

  stop(): void {
    this.#server?.stop()
  }
}

function reply(response: ServerResponse, answer: Reply, sessionId: string): void {
  if (answer === 'never') return
  const value = answer === 'ok' ? { sessionId, capabilities: {} } : { ...answer, message: answer.error }
  response.writeHead(answer === 'ok' ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ value }))
}
