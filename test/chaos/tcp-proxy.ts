import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * `open`: passes everything on. `cut`: closes all connections and refuses new ones. `hole`: accepts data and drops it, as a
 * firewall does that has forgotten a connection. `paused`: keeps data back and passes it on later.
 */
export type Weather = 'open' | 'cut' | 'hole' | 'paused'

export interface Endpoint {
  port: number
  /** Default: loopback. */
  address?: string
}

const loopback = '127.0.0.1'

/** The network between one host and a server, as faults make it. */
export class TcpProxy {
  weather: Weather = 'open'
  /** Milliseconds that each piece of data takes. */
  delayMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Connections that lost data are not repaired with the network. */
  readonly #broken = new Set<Socket>()
  #clear = (): void => {}

  private constructor(private readonly server: () => Endpoint) {
    this.#server = createServer(client => this.#connect(client))
  }

  /**
   * @param server - where it is, asked for each connection
   * @param address - to listen on; default: loopback
   */
  static async start(server: () => Endpoint, address = loopback): Promise<TcpProxy> {
    const proxy = new TcpProxy(server)
    proxy.#server.listen(0, address)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get listensOn(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many connections have lost data. */
  get brokenCount(): number {
    return this.#broken.size
  }

  set(weather: Weather): void {
    this.weather = weather
    if (weather === 'cut') for (const socket of this.#sockets) socket.destroy()
    if (weather === 'open') this.#clear()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(client: Socket): void {
    if (this.weather === 'cut') return void client.destroy()
    const { port, address = loopback } = this.server()
    const upstream = connect(port, address)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#broken.delete(client)
        client.destroy()
        upstream.destroy()
      })
    }
    void this.#pipe(client, upstream, client)
    void this.#pipe(upstream, client, client)
  }

  async #pipe(from: Socket, to: Socket, client: Socket): Promise<void> {
    try {
      for await (const chunk of from) {
        if (this.delayMs > 0) await delay(this.delayMs)
        while (this.weather === 'paused') await new Promise<void>(resolve => this.#onClear(resolve))
        if (this.weather === 'hole') this.#broken.add(client)
        if (!this.#broken.has(client)) to.write(chunk as Buffer)
      }
    } catch {
      // One side has gone; the other one goes with it.
    }
  }

  #onClear(resolve: () => void): void {
    const before = this.#clear
    this.#clear = () => {
      this.#clear = () => {}
      before()
      resolve()
    }
  }
}
