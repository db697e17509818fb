import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { Redis } from 'ioredis'
import type { RedisServer } from './redis-server.js'

/** A proxy between a host and Redis that can go silent: it then accepts connections and data, and never replies. */
export class RedisProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #silenced = new Set<Socket>()
  readonly #redis = new Set<Redis>()
  readonly #server: Server
  #silent = false
  #latencyMs = 0
  #accepted = 0
  #onAccept: () => void = () => {}

  private constructor(
    server: RedisServer,
    readonly socketPath: string,
  ) {
    this.#server = createServer(client => {
      this.#sockets.add(client)
      client.on('error', () => {})
      if (this.#silent) client.resume()
      else this.#forward(client, connect(server.socket))
      this.#accepted += 1
      this.#onAccept()
    })
  }

  static async start(server: RedisServer): Promise<RedisProxy> {
    const proxy = new RedisProxy(server, path.join(server.folder, 'proxy.sock'))
    proxy.#server.listen(proxy.socketPath)
    await once(proxy.#server, 'listening')
    return proxy
  }

  connect = (): Redis => {
    const redis = new Redis({ path: this.socketPath, maxRetriesPerRequest: null, retryStrategy: () => 20 })
    redis.on('error', () => {})
    this.#redis.add(redis)
    return redis
  }

  /** Silences all connections, including new ones until `serveNew`. */
  goSilent(): void {
    this.#silent = true
    for (const socket of this.#sockets) this.#silenced.add(socket)
  }

  /** Keeps each piece of data for so long from now on; their order stays. */
  delayBy(latencyMs: number): void {
    this.#latencyMs = latencyMs
  }

  /** Serves new connections again; silenced ones stay silent. */
  serveNew(): void {
    this.#silent = false
  }

  /** Resolves when so many more connections have been opened. */
  async opened(count: number): Promise<void> {
    const until = this.#accepted + count
    await new Promise<void>(resolve => {
      this.#onAccept = () => {
        if (this.#accepted >= until) resolve()
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const redis of this.#redis) redis.disconnect()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #forward(client: Socket, upstream: Socket): void {
    this.#sockets.add(upstream)
    upstream.on('error', () => {})
    const relay = (from: Socket, to: Socket): void => {
      from.on('data', chunk => {
        const send = (): void => void (this.#silenced.has(client) || to.destroyed || to.write(chunk))
        if (this.#latencyMs === 0) send()
        else setTimeout(send, this.#latencyMs)
      })
    }
    relay(client, upstream)
    relay(upstream, client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }
}
