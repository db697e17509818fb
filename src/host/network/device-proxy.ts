/**
 * The proxy of one device, on the device's host. It is part of the host and not of a worker, so that no module can break
 * it, and a fault of it is never blamed on a test. Scripts reach it through the gateway, for the devices of their lease.
 *
 * Why own code: the proxies on npm forward a request as a whole. None lets a caller decide about each message (a request,
 * its response, a frame of a WebSocket) while bytes, order, extensions and connections stay as they would be without it.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, METHODS, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { controlPorts } from '../../process/free-port.js'
import type { DeviceNetwork } from './device-network.js'
import { maxHeaderSize, relayRequest } from './relay-request.js'
import { relayBytes, relayUpgrade } from './relay-upgrade.js'
import { addressOf, connectTo, parseAuthority, UpstreamConnection, type UpstreamServer } from './upstream-connection.js'

const loopback = '127.0.0.1'

/** Where a request goes, and the path as the device sent it. */
interface Destination {
  url: URL
  path: string
  target: UpstreamServer
}

export class DeviceProxy implements AsyncDisposable {
  /** Ports that pages must not reach, in addition to those that control devices: a browser can't close them for a proxy. */
  closedPorts: readonly number[] = []
  /** Parses HTTP; connections are handed to it. */
  readonly #http = createHttpServer({
    keepAliveTimeout: 0,
    requestTimeout: 0,
    headersTimeout: 0,
    maxHeaderSize,
    noDelay: true,
    requireHostHeader: false,
  })
  readonly #listeners = new Map<string, Promise<Server>>()
  readonly #upstreams = new WeakMap<Duplex, UpstreamConnection>()

  constructor(
    private readonly device: string,
    private readonly network: DeviceNetwork,
  ) {
    this.#http.on('request', (request, response) => this.#request(request, response, false))
    this.#http.on('checkContinue', (request, response) => this.#request(request, response, true))
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#http.on('connect', (request, socket, head) => this.#connect(request, socket, head))
    this.#http.on('clientError', (_, socket) => socket.destroy())
  }

  /** The port of this machine on which it is an HTTP proxy. It stays the same. */
  async proxyPort(): Promise<number> {
    return this.#portOf('proxy', socket => {
      this.#serveHttp(socket, new UpstreamConnection())
    })
  }

  /** A port of this machine that stands for a server: connections to it lead to the server through the proxy. */
  async portFor(target: UpstreamServer): Promise<number> {
    return this.#portOf(`${target.hostname}:${target.port}`, socket => {
      onFirstBytes(socket, first => this.#serveTunnel(socket, first, target))
    })
  }

  async close(): Promise<void> {
    const listeners = await Promise.allSettled(this.#listeners.values())
    this.network.closeConnections()
    await Promise.all(
      listeners.map(async listener => {
        if (listener.status === 'rejected') return
        listener.value.close()
        await once(listener.value, 'close')
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #portOf(key: string, serve: (socket: Socket) => void): Promise<number> {
    let listener = this.#listeners.get(key)
    if (!listener) {
      listener = this.#listen(serve)
      this.#listeners.set(key, listener)
      listener.catch(() => this.#listeners.delete(key))
    }
    return ((await listener).address() as AddressInfo).port
  }

  async #listen(serve: (socket: Socket) => void): Promise<Server> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
      if (this.network.connected(socket)) serve(socket)
    })
    server.listen(0, loopback)
    await once(server, 'listening')
    return server
  }

  #serveHttp(socket: Duplex, upstream: UpstreamConnection): void {
    this.#upstreams.set(socket, upstream)
    socket.once('close', () => upstream.close())
    this.#http.emit('connection', socket)
  }

  /** @param first - the first bytes of the device: they show whether it speaks HTTP */
  #serveTunnel(socket: Duplex, first: Buffer, target: UpstreamServer, server?: Socket): void {
    socket.unshift(first)
    if (speaksHttp(first)) {
      this.#serveHttp(socket, new UpstreamConnection(target, server))
      process.nextTick(() => socket.resume())
      return
    }
    const url = `${target.hostname}:${target.port}`
    const verdict = this.network.admit(
      { kind: 'connect', url, path: '', state: 'passed', at: Date.now() },
      { isUp: true },
    )
    void Promise.resolve(verdict).then(decided => {
      if (decided === 'drop') socket.destroy()
      if (socket.destroyed) server?.destroy()
      else relayBytes(this.network, socket, server ?? connectTo(target))
    })
  }

  #request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    request.on('error', () => {})
    response.on('error', () => {})
    const upstream = this.#upstreams.get(request.socket)
    const destination = upstream && destinationOf(request, upstream)
    if (!upstream || !destination) return this.#refuse(request, response)
    if (this.#isClosed(destination.target)) return void request.socket.destroy()
    void relayRequest({ ...destination, network: this.network, request, response, upstream, expectsContinue })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = this.#upstreams.get(socket)
    const destination = upstream && destinationOf(request, upstream)
    if (!upstream || !destination) return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    if (this.#isClosed(destination.target)) return void socket.destroy()
    void relayUpgrade({ ...destination, network: this.network, request, socket, head, upstream })
  }

  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = parseAuthority(request.url ?? '', 443)
    if (!target) return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    if (this.#isClosed(target)) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    const server = connectTo(target)
    socket.once('close', () => {
      if (server.connecting) server.destroy()
    })
    server.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n'))
    server.once('connect', () => {
      server.removeAllListeners('error').on('error', () => {})
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      socket.once('close', () => {
        if (!this.#upstreams.has(socket)) server.end()
      })
      if (head.length > 0) socket.unshift(head)
      onFirstBytes(socket, first => this.#serveTunnel(socket, first, target, server))
    })
  }

  #isClosed({ port }: UpstreamServer): boolean {
    return (port >= controlPorts.from && port <= controlPorts.to) || this.closedPorts.includes(port)
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    response.writeHead(400, { 'content-type': 'text/plain', connection: 'close' })
    response.end(`This is the proxy of ${this.device}: expected a request for an http: URL.\n`)
  }
}

/** Calls `serve` with what a connection sends first; the connection is paused then. If it ends before, it is closed. */
function onFirstBytes(socket: Duplex, serve: (first: Buffer) => void): void {
  const end = (): void => void socket.end()
  socket.once('end', end)
  socket.once('data', (first: Buffer) => {
    socket.off('end', end)
    socket.pause()
    serve(first)
  })
}

/** @returns undefined if the request is not one for a proxy */
function destinationOf(
  { url = '', headers }: IncomingMessage,
  { target }: UpstreamConnection,
): Destination | undefined {
  const path = url.replace(/^http:\/\/[^/?#]*/i, '') || '/'
  const rooted = path.startsWith('/') || path === '*' ? path : `/${path}`
  if (target) {
    const authority = headers.host ?? `${target.hostname}:${target.port}`
    const base = URL.canParse(`http://${authority}`) ? authority : `${target.hostname}:${target.port}`
    return { url: urlOf(base, rooted), path: rooted, target }
  }
  if (!/^http:\/\//i.test(url) || !URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return {
    url: parsed,
    path: rooted,
    target: { hostname: addressOf(parsed.hostname), port: Number(parsed.port) || 80 },
  }
}

function urlOf(authority: string, path: string): URL {
  const base = `http://${authority}`
  return URL.canParse(base + path) ? new URL(base + path) : new URL(base)
}

function speaksHttp(first: Buffer): boolean {
  const [word = ''] = first.toString('latin1', 0, 24).split(' ')
  return METHODS.some(method => (first.length > word.length ? method === word : method.startsWith(word)))
}
