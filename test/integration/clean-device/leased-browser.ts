import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Gateway } from '../../../src/host/gateway/gateway.js'

/** A browser as a module under a lease drives it: through the gateway, by WebDriver, CDP and BiDi. */
export class LeasedBrowser {
  #id = 0

  private constructor(
    private readonly base: string,
    private readonly headers: Record<string, string>,
    private readonly socket: WebSocket,
  ) {}

  static async connect(gateway: Gateway, device: string, lease: string): Promise<LeasedBrowser> {
    const { id = '' } = gateway.workerSession(device) ?? {}
    gateway.grant(device, lease)
    const headers = { ...gateway.headersFor(lease, device), 'content-type': 'application/json' }
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/bidi/${id}`, { headers })
    await once(socket, 'open')
    return new LeasedBrowser(`${gateway.url}/session/${id}`, headers, socket)
  }

  async command(method: 'GET' | 'POST' | 'DELETE', path: string, body: object = {}): Promise<unknown> {
    const content = method === 'POST' ? { body: JSON.stringify(body) } : {}
    const response = await fetch(this.base + path, { method, headers: this.headers, ...content })
    const { value } = (await response.json()) as { value: unknown }
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }

  async cdp(cmd: string, params: object = {}): Promise<unknown> {
    return this.command('POST', '/goog/cdp/execute', { cmd, params })
  }

  async bidi(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
      const listen = (data: Buffer) => {
        const message = JSON.parse(data.toString()) as {
          id?: number
          result?: Record<string, unknown>
          message?: string
        }
        if (message.id !== id) return
        this.socket.off('message', listen)
        if (message.result) resolve(message.result)
        else reject(new Error(`${method}: ${message.message}`))
      }
      this.socket.on('message', listen)
    })
    this.socket.send(JSON.stringify({ id, method, params }))
    return answer
  }

  async open(url: string): Promise<void> {
    await this.command('POST', '/url', { url })
  }

  /** Runs the body of an asynchronous function in the page. */
  async run(body: string): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1]; (async () => { ${body} })().then(done, e => done('' + e))`
    return this.command('POST', '/execute/async', { script, args: [] })
  }

  async newTab(): Promise<void> {
    const { handle } = (await this.command('POST', '/window/new', { type: 'tab' })) as { handle: string }
    await this.command('POST', '/window', { handle })
  }

  onEvent(heard: (event: unknown) => void): void {
    this.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type?: string }
      if (message.type === 'event') heard(message)
    })
  }

  close(): void {
    this.socket.close()
  }
}
