import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { fingerprintOf } from './gateway-certificate.js'

const connectTimeoutMs = 10_000
/** As many as one gateway serves. */
const maxConnections = 4_000

/** Where other hosts reach a gateway that serves TLS: the fragment is the fingerprint of its certificate. */
const tlsUrl = /^https:\/\/([^/#?@]+)#([0-9a-f]{64})$/

/**
 * Connects this host and its workers to gateways that serve TLS. For each of them there is a port on loopback, which passes on
 * what it gets. So nothing on this machine but the tunnel has to know about certificates; tokens are needed all the same.
 */
export class GatewayTunnels {
  /** By address: a gateway that was started again has another certificate. */
  readonly #tunnels = new Map<string, { fingerprint: string; server: Promise<Server> }>()
  readonly #sockets = new Set<Socket>()

  /** @param ca - certificates that must have signed those of the gateways; absent: only fingerprints are compared */
  constructor(private readonly ca?: string) {}

  /**
   * The address of a gateway for plain HTTP.
   * @param url - as the gateway's host announced it
   * @throws Error if it is not the address of a gateway
   */
  async localUrl(url: string): Promise<string> {
    if (/^http:\/\/[^/#?@]+$/.test(url) && URL.canParse(url)) return url
    const [, authority = '', fingerprint = ''] = tlsUrl.exec(url) ?? []
    if (authority === '' || !URL.canParse(`https://${authority}`)) throw new Error('not the address of a gateway')
    let tunnel = this.#tunnels.get(authority)
    if (tunnel?.fingerprint !== fingerprint) {
      void tunnel?.server.then(
        server => server.close(),
        () => {},
      )
      tunnel = { fingerprint, server: this.#open(new URL(`https://${authority}`), fingerprint) }
      this.#tunnels.set(authority, tunnel)
      tunnel.server.catch(() => this.#tunnels.delete(authority))
    }
    const { port } = (await tunnel.server).address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    const servers = await Promise.allSettled([...this.#tunnels.values()].map(async ({ server }) => server))
    for (const server of servers) if (server.status === 'fulfilled') server.value.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #open({ hostname, port }: URL, fingerprint: string): Promise<Server> {
    const target = { host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port) || 443 }
    const server = createServer({ noDelay: true }, socket => this.#forward(socket, target, fingerprint))
    server.maxConnections = maxConnections
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  #forward(local: Socket, target: { host: string; port: number }, fingerprint: string): void {
    const { ca } = this
    const trust: ConnectionOptions = ca === undefined ? { rejectUnauthorized: false } : { ca }
    // The fingerprint names one certificate, which says more than the name in it.
    const remote = connect({ ...target, ...trust, minVersion: 'TLSv1.2', checkServerIdentity: () => undefined })
    remote.setNoDelay(true).setTimeout(connectTimeoutMs, () => remote.destroy())
    for (const [socket, other] of [
      [local, remote],
      [remote, local],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    remote.once('secureConnect', () => {
      if (!hasFingerprint(remote, fingerprint)) {
        remote.destroy()
        return
      }
      remote.setTimeout(0)
      local.pipe(remote)
      remote.pipe(local)
    })
  }
}

function hasFingerprint(socket: TLSSocket, fingerprint: string): boolean {
  const { raw } = socket.getPeerCertificate()
  return raw !== undefined && fingerprintOf(new X509Certificate(raw)) === fingerprint
}
