import type { Readable, Writable } from 'node:stream'
import type { NetworkMessage } from '../../script/network/network-message.js'
import type { DeviceNetwork } from './device-network.js'

/** Consecutive bytes of a stream. */
export interface Piece {
  bytes: Buffer
  /** Set if a message ends with these bytes. `unlogged`: it only keeps its place, such as a ping. */
  message?: NetworkMessage | 'unlogged'
  /** What to send instead, if a message before this one was dropped. */
  afterDrop?: () => Buffer
}

/** Divides a stream into messages. Keeps no bytes: the pieces are all that was pushed. */
export interface Splitter {
  push(chunk: Buffer): Piece[]
}

export interface ChannelParts {
  network: DeviceNetwork
  source: Readable
  sink: Writable
  splitter: Splitter
  /** The bytes come from the device. */
  isUp: boolean
  /** Called when all messages have passed. */
  end: () => void
}

/** More than this is not kept for messages that wait; the source is then read no further. */
const maxWaitingBytes = 16 * 1024 * 1024

/**
 * One direction of a connection that carries messages. If nothing affects the device's network, bytes pass as they come.
 * Otherwise each message passes as a whole, after those before it.
 */
export class MessageChannel {
  /** Of a message that is not complete. */
  #kept: Buffer[] = []
  /** The first bytes of a message have passed: so does the rest. */
  #isPassing = false
  #waiting = 0
  #waitingBytes = 0
  #tail: Promise<void> = Promise.resolve()
  #hasDropped = false

  private constructor(private readonly parts: ChannelParts) {}

  /** @param head - bytes of the source that were read before */
  static start(parts: ChannelParts, head: Buffer = Buffer.alloc(0)): void {
    new MessageChannel(parts).#start(head)
  }

  #start(head: Buffer): void {
    const { source, sink, end } = this.parts
    if (head.length > 0) this.#push(head)
    source.on('data', (chunk: Buffer) => this.#push(chunk))
    source.once('end', () => {
      void this.#tail.then(() => {
        this.#flush()
        end()
      })
    })
    sink.on('drain', () => {
      if (this.#waitingBytes < maxWaitingBytes) source.resume()
    })
  }

  #push(chunk: Buffer): void {
    for (const piece of this.parts.splitter.push(chunk)) this.#take(piece)
  }

  #take(piece: Piece): void {
    const { network } = this.parts
    const isIdle = this.#waiting === 0 && this.#kept.length === 0 && !this.#hasDropped
    if (this.#isPassing || (isIdle && !network.isShaped)) {
      this.#write(piece.bytes)
      this.#isPassing = piece.message === undefined
      if (piece.message !== undefined && piece.message !== 'unlogged') {
        this.#count(piece.message, 'arrived')
        this.#count(piece.message, 'passed')
        void network.admit(piece.message, { isUp: this.parts.isUp })
      }
      return
    }
    this.#kept.push(piece.bytes)
    this.#waitingBytes += piece.bytes.length
    if (this.#waitingBytes >= maxWaitingBytes) this.parts.source.pause()
    if (piece.message !== undefined) this.#queue(piece, piece.message)
  }

  #queue({ afterDrop }: Piece, message: NetworkMessage | 'unlogged'): void {
    const bytes = Buffer.concat(this.#kept)
    this.#kept = []
    this.#waiting += 1
    const { network, isUp } = this.parts
    if (message !== 'unlogged') this.#count(message, 'arrived')
    const verdict = this.#tail.then(async () => (message === 'unlogged' ? 'pass' : network.admit(message, { isUp })))
    this.#tail = verdict.then(decided => {
      this.#waiting -= 1
      this.#waitingBytes -= bytes.length
      if (decided === 'pass' && message !== 'unlogged') this.#count(message, 'passed')
      if (decided === 'drop') this.#hasDropped = true
      else this.#write(this.#hasDropped && afterDrop ? afterDrop() : bytes)
      if (this.#waitingBytes < maxWaitingBytes && !this.parts.sink.writableNeedDrain) this.parts.source.resume()
    })
  }

  /** A page counts what it sends, and what reaches it. */
  #count({ kind }: NetworkMessage, moment: 'arrived' | 'passed'): void {
    const { counter } = this.parts.network
    if (kind === 'sent' && moment === 'arrived') counter.add('up')
    if ((kind === 'received' || kind === 'event') && moment === 'passed') counter.add('down')
  }

  /** The source ended within a message. */
  #flush(): void {
    for (const bytes of this.#kept.splice(0)) this.#write(bytes)
  }

  #write(bytes: Buffer): void {
    const { sink, source } = this.parts
    if (!sink.writable) return
    if (!sink.write(bytes)) source.pause()
  }
}
