import { once } from 'node:events'
import { Agent, createServer, request as requestHttp } from 'node:http'
import type { ClientRequestArgs, IncomingMessage, RequestListener, Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DeviceNetwork } from '../../../src/host/network/device-network.js'
import { DeviceProxy } from '../../../src/host/network/device-proxy.js'

/** A server, and the proxy of a device in front of it. */
export class ProxyBench implements AsyncDisposable {
  readonly network = new DeviceNetwork()
  readonly proxy = new DeviceProxy('bob', this.network)
  readonly #agent = new Agent({ keepAlive: true })
  readonly #sockets = new Set<Duplex>()

  private constructor(
    readonly server: Server,
    readonly proxyPort: number,
  ) {}

  static async start(listener: RequestListener = (_, response) => response.end('ok')): Promise<ProxyBench> {
    const server = createServer({ keepAliveTimeout: 60_000 }, listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const network = new DeviceNetwork()
    const proxy = new DeviceProxy('bob', network)
    const bench = new ProxyBench(server, await proxy.proxyPort())
    Object.assign(bench, { network, proxy })
    return bench
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Sends a request to the proxy, as a browser does. */
  request(path: string, options: ClientRequestArgs = {}) {
    return requestHttp({
      host: '127.0.0.1',
      port: this.proxyPort,
      path: `${this.origin}${path}`,
      agent: this.#agent,
      ...options,
      headers: { host: `127.0.0.1:${this.port}`, ...(options.headers as Record<string, string>) },
    })
  }

  /** @returns the response and its whole body */
  async fetch(path: string, options: ClientRequestArgs & { body?: string | Buffer } = {}) {
    const request = this.request(path, options)
    request.end(options.body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const body = Buffer.concat(await response.toArray())
    return { status: response.statusCode, headers: response.headers, body: body.toString(), response }
  }

  /** A connection to the server through CONNECT, as a browser opens it for a WebSocket. */
  async tunnel(authority = `127.0.0.1:${this.port}`): Promise<Socket> {
    const socket = this.connect()
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    if (!head.toString().startsWith('HTTP/1.1 200')) throw new Error(head.toString())
    return socket
  }

  /** A plain connection to the proxy. */
  connect(port = this.proxyPort): Socket {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    socket.on('error', () => {})
    this.#sockets.add(socket)
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await this.proxy.close()
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }
}

/** Messages that passed or wait, as `kind method path` or `kind type`. */
export function seen({ network }: ProxyBench): string[] {
  return network.log
    .messages(undefined, 0)
    .map(({ kind, method, path, type, status, state }) =>
      [kind, method, status, type ?? path, state === 'passed' ? undefined : state].filter(Boolean).join(' '),
    )
}
