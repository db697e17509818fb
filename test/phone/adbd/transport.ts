import type { Socket } from 'node:net'
import { AdbStream, type StreamLink } from './adb-stream.js'
import { commands, encodePacket, nothing, protocolVersion, type Packet } from './packet.js'
import { PacketReader } from './packet-reader.js'

/** Serves one stream; undefined refuses it, if the service is unknown. */
export type StreamHandler = (stream: AdbStream) => void

export interface TransportHooks {
  /** The phone's banner: `device::ro.product.name=…;features=…`. */
  banner: string
  onGreeted(): void
  /** @param service - as requested by the other side, e.g. `shell:ls` */
  openService(service: string, transport: Transport): Promise<StreamHandler | undefined> | StreamHandler | undefined
}

const ourMaxDataBytes = 256 * 1024

/** One connection between an adb server and the phone. */
export class Transport implements StreamLink {
  maxDataBytes = 4096
  isGreeted = false
  readonly #socket: Socket
  readonly #hooks: TransportHooks
  readonly #streams = new Map<number, AdbStream>()
  #nextId = 1
  #held: Buffer[] | undefined

  constructor(socket: Socket, hooks: TransportHooks) {
    this.#socket = socket
    this.#hooks = hooks
    const reader = new PacketReader(packet => this.#receive(packet))
    socket.setNoDelay(true)
    socket.on('data', chunk => reader.feed(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#end())
  }

  /** Opens a stream from the phone to the computer, as `adb reverse` does. Rejects if it is refused. */
  async open(service: string): Promise<AdbStream> {
    const id = this.#nextId++
    const stream = new AdbStream(this, id, 0)
    this.#streams.set(id, stream)
    const accepted = new Promise<void>((resolve, reject) => {
      stream.once('close', () => reject(new Error(`connection refused: ${service}`)))
      this.#accepting.set(id, resolve)
    })
    this.send(commands.open, id, 0, Buffer.from(`${service}\0`))
    await accepted
    return stream
  }

  readonly #accepting = new Map<number, () => void>()

  send(command: number, arg0: number, arg1: number, data: Buffer): void {
    const bytes = encodePacket({ command, arg0, arg1, data })
    if (this.#held) this.#held.push(bytes)
    else if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  forget(localId: number): void {
    this.#streams.delete(localId)
    this.#accepting.delete(localId)
  }

  /** Stops reading and sending; the socket stays open. */
  freeze(): void {
    this.#held ??= []
    this.#socket.pause()
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const bytes of held) this.#socket.write(bytes)
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive({ command, arg0, arg1, data }: Packet): void {
    switch (command) {
      case commands.connect:
        this.maxDataBytes = Math.min(arg1, ourMaxDataBytes)
        this.send(commands.connect, protocolVersion, ourMaxDataBytes, Buffer.from(this.#hooks.banner))
        this.isGreeted = true
        this.#hooks.onGreeted()
        break
      case commands.open:
        void this.#accept(arg0, data.toString('utf8').replace(/\0.*$/s, ''))
        break
      case commands.ready:
        this.#accepting.get(arg1)?.()
        this.#accepting.delete(arg1)
        this.#streams.get(arg1)?.ready(arg0)
        break
      case commands.write:
        this.#streams.get(arg1)?.receive(data)
        break
      case commands.close:
        this.#streams.get(arg1)?.closedByPeer()
        break
    }
  }

  async #accept(remoteId: number, service: string): Promise<void> {
    const handle = await this.#hooks.openService(service, this)
    if (!handle) return this.send(commands.close, 0, remoteId, nothing)
    const id = this.#nextId++
    const stream = new AdbStream(this, id, remoteId)
    this.#streams.set(id, stream)
    this.send(commands.ready, id, remoteId, nothing)
    handle(stream)
  }

  #end(): void {
    for (const stream of this.#streams.values()) {
      stream.closedByPeer()
      stream.destroy()
    }
  }
}
