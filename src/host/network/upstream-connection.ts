import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'

/** Where a request goes. */
export interface UpstreamServer {
  hostname: string
  port: number
}

/**
 * The connections to servers that belong to one connection of a device. They are its own, so that a server sees the
 * connections that it would see without a proxy: one for each of the device's, which end together.
 */
export class UpstreamConnection {
  readonly agent: Agent
  #first: Socket | undefined

  /**
   * @param target - of a tunnel; absent: each request names its own
   * @param first - already connected to the target
   */
  constructor(
    readonly target?: UpstreamServer,
    first?: Socket,
  ) {
    this.#first = first
    this.agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true })
    const create = this.agent.createConnection.bind(this.agent)
    this.agent.createConnection = (options, callback) => {
      const ready = this.#first
      this.#first = undefined
      return ready && !ready.destroyed ? ready : create(options, callback)
    }
  }

  /** Ends what the device's connection has kept open. */
  close(): void {
    this.#first?.destroy()
    this.agent.destroy()
  }
}

/** `*.localhost` is this machine, for browsers, but not for every resolver (RFC 6761, section 6.3). */
export function addressOf(hostname: string): string {
  const plain = hostname.replace(/^\[(.*)\]$/, '$1')
  return plain.endsWith('.localhost') ? 'localhost' : plain
}

/** @param authority - `host:port`, as in CONNECT */
export function parseAuthority(authority: string, defaultPort: number): UpstreamServer | undefined {
  if (!URL.canParse(`http://${authority}`)) return undefined
  const { hostname, port, pathname, search } = new URL(`http://${authority}`)
  if (pathname !== '/' || search !== '') return undefined
  return { hostname: addressOf(hostname), port: port === '' ? portOf(authority, defaultPort) : Number(port) }
}

/** A URL has no port if it is the default one of its scheme. */
function portOf(authority: string, defaultPort: number): number {
  return authority.endsWith(':80') ? 80 : defaultPort
}

export function connectTo({ hostname, port }: UpstreamServer): Socket {
  const socket = connect({ host: hostname, port, noDelay: true, allowHalfOpen: true })
  socket.on('error', () => {})
  return socket
}
