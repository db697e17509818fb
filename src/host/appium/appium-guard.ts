import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The HTTP module that Appium's own code uses: it takes `createServer` from there each time. */
const http = createRequire(import.meta.url)('node:http') as { createServer: (...args: never[]) => Server }

/** Events of an HTTP server that carry a request. */
const requestEvents = new Set(['request', 'checkContinue', 'checkExpectation'])
const upgradeEvents = new Set(['upgrade', 'connect'])

const refusal = 'HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/**
 * Protects an Appium server, which would otherwise serve every program and every web page on this machine. Requests need
 * a password that is made at each start, and must be addressed to the server itself. Others are refused before any code of
 * Appium sees them.
 */
export class AppiumGuard {
  readonly #password = randomBytes(32).toString('hex')
  readonly #authorization = Buffer.from(basicAuthorization(this.#password))
  readonly #guarded = new WeakSet<Server>()

  /**
   * Guards every server that is created while `start` runs.
   * @throws Error if the server that `start` returns is not one of them
   */
  async protect<T extends object>(start: () => Promise<T>): Promise<T> {
    const { createServer } = http
    http.createServer = (...args) => this.#guard(createServer(...args))
    try {
      const server = await start()
      if (!this.#guarded.has(server as unknown as Server)) throw new Error('its server cannot be protected')
      return server
    } finally {
      http.createServer = createServer
    }
  }

  /** The base URL of the protected server, with user and password. */
  urlOf(port: number): string {
    return `http://${user}:${this.#password}@${address}:${port}`
  }

  /** @param port - that the request was received on */
  allows(headers: IncomingHttpHeaders, port: number | undefined): boolean {
    // A page whose name was made to lead to loopback (DNS rebinding) sends that name.
    if (headers.host !== `${address}:${port}`) return false
    const given = Buffer.from(headers.authorization ?? '')
    return given.length === this.#authorization.length && timingSafeEqual(given, this.#authorization)
  }

  #guard(server: Server): Server {
    const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean
    server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
      const isRequest = requestEvents.has(String(event))
      if (!isRequest && !upgradeEvents.has(String(event))) return emit(event, ...args)
      const [request, answer] = args as [IncomingMessage, ServerResponse | Duplex]
      if (this.allows(request.headers, request.socket.localPort)) return emit(event, ...args)
      if (isRequest) refuse(answer as ServerResponse)
      else refuseUpgrade(answer as Duplex)
      return true
    }
    this.#guarded.add(server)
    return server
  }
}

/** What a guarded server listens on. */
export const address = '127.0.0.1'
const user = 'baton'

function basicAuthorization(password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function refuse(response: ServerResponse): void {
  response.on('error', () => {})
  response.writeHead(403, { connection: 'close', 'content-length': 0 }).end()
}

function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => {})
  socket.end(refusal)
}
