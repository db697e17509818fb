import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { StreamHandler, Transport } from '../adbd/transport.js'

interface Reverse {
  /** In adb's notation: `tcp:8080`. */
  from: string
  to: string
  transport: Transport
}

/** An emulator's address of its computer. */
const computer = '10.0.2.2'
/** The driver polls its server once a second, first too early: such a call is held for this long. Milliseconds. */
const holdMs = 100

/**
 * The phone's own network, whose loopback interface is not the computer's. A port leads to a server on the phone, by
 * `adb reverse` to the computer, or nowhere.
 */
export class PhoneNetwork {
  readonly #reverses = new Map<string, Reverse>()
  readonly #servers = new Map<number, StreamHandler>()
  readonly #abstract = new Map<string, StreamHandler>()
  readonly #waiting = new Map<number, Set<() => void>>()
  readonly #direct = new Set<Socket>()
  #nextPort = 40_000

  /** Serves a port of the phone. @returns a function that stops serving */
  listen(port: number, handle: StreamHandler): () => void {
    this.#servers.set(port, handle)
    for (const wake of this.#waiting.get(port) ?? []) wake()
    return () => {
      if (this.#servers.get(port) === handle) this.#servers.delete(port)
    }
  }

  /** The server of a port. Waits a moment if the port is not served yet. */
  async accept(port: number): Promise<StreamHandler | undefined> {
    const server = this.#servers.get(port)
    if (server) return server
    const waiting = this.#waiting.get(port) ?? new Set()
    this.#waiting.set(port, waiting)
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, holdMs)
      const wake = (): void => {
        clearTimeout(timer)
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
    })
    return this.#servers.get(port)
  }

  /** Serves an abstract Unix socket of the phone. @returns a function that stops serving */
  listenAbstract(name: string, handle: StreamHandler): () => void {
    this.#abstract.set(name, handle)
    return () => {
      if (this.#abstract.get(name) === handle) this.#abstract.delete(name)
    }
  }

  /** The server of an abstract Unix socket. */
  abstract(name: string): StreamHandler | undefined {
    return this.#abstract.get(name)
  }

  /** Names of all served abstract Unix sockets. */
  abstractNames(): string[] {
    return [...this.#abstract.keys()]
  }

  reverse(from: string, to: string, transport: Transport): number {
    const port = from === 'tcp:0' ? this.#nextPort++ : Number(from.replace('tcp:', ''))
    this.#reverses.set(`tcp:${port}`, { from: `tcp:${port}`, to, transport })
    return port
  }

  reverses(): Reverse[] {
    return [...this.#reverses.values()]
  }

  removeReverse(from: string): boolean {
    return this.#reverses.delete(from)
  }

  removeAllReverses(): void {
    this.#reverses.clear()
  }

  /** Reversed ports end with the connection that requested them. */
  forget(transport: Transport): void {
    for (const [from, reverse] of this.#reverses) if (reverse.transport === transport) this.#reverses.delete(from)
  }

  /** Connects an app of the phone. @throws if nothing listens there */
  async connect(host: string, port: number): Promise<Duplex> {
    if (host !== 'localhost' && host !== '127.0.0.1') return this.#connectDirectly(host, port)
    const reverse = this.#reverses.get(`tcp:${port}`)
    if (!reverse) throw new Error(`failed to connect to ${host}/127.0.0.1 (port ${port}): connection refused`)
    return reverse.transport.open(reverse.to)
  }

  /** A frozen phone reads and writes nothing, not even outside adb. */
  setFrozen(frozen: boolean): void {
    for (const socket of this.#direct) {
      if (frozen) {
        socket.pause()
        socket.cork()
      } else {
        socket.uncork()
        socket.resume()
      }
    }
  }

  async #connectDirectly(host: string, port: number): Promise<Duplex> {
    const socket = connect(port, host === computer ? '127.0.0.1' : host)
    this.#direct.add(socket)
    socket.once('close', () => this.#direct.delete(socket))
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return socket
  }
}
