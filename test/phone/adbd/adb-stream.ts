import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { commands, nothing } from './packet.js'

/** What a stream needs from its connection. */
export interface StreamLink {
  send(command: number, localId: number, remoteId: number, data: Buffer): void
  readonly maxDataBytes: number
  forget(localId: number): void
}

/**
 * One stream of adb's transport as a socket. Each message must be acknowledged before the next may be sent, in both
 * directions. There is no half-close: if one side closes, the stream is over.
 */
export class AdbStream extends Duplex {
  readonly #link: StreamLink
  readonly #localId: number
  #remoteId: number
  #closed = false
  #owesReady = false
  #onReady: (() => void) | undefined

  constructor(link: StreamLink, localId: number, remoteId: number) {
    super()
    this.#link = link
    this.#localId = localId
    this.#remoteId = remoteId
    // It is not an error if the other side closes the stream in the middle of a write.
    this.on('error', () => {})
  }

  /** The other side has acknowledged the last message, or accepted the stream. */
  ready(remoteId: number): void {
    this.#remoteId = remoteId
    const next = this.#onReady
    this.#onReady = undefined
    next?.()
  }

  receive(data: Buffer): void {
    if (this.push(data)) this.#sendReady()
    else this.#owesReady = true
  }

  /** The other side has closed: received data is still read, written data is dropped. */
  closedByPeer(): void {
    this.#closed = true
    this.#link.forget(this.#localId)
    this.ready(this.#remoteId)
    this.push(null)
    this.end()
  }

  override _read(): void {
    if (!this.#owesReady) return
    this.#owesReady = false
    this.#sendReady()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { maxDataBytes } = this.#link
    let offset = 0
    const next = (): void => {
      if (this.#closed || offset >= chunk.length) return done()
      const part = chunk.subarray(offset, offset + maxDataBytes)
      offset += part.length
      this.#onReady = next
      this.#link.send(commands.write, this.#localId, this.#remoteId, part)
    }
    next()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close()
    this.push(null)
    done()
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#close()
    this.#onReady = undefined
    done(null)
  }

  #sendReady(): void {
    if (!this.#closed) this.#link.send(commands.ready, this.#localId, this.#remoteId, nothing)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#link.forget(this.#localId)
    this.#link.send(commands.close, this.#localId, this.#remoteId, nothing)
  }
}

/** The stream for one of Node's servers: in addition to a duplex stream, `http` needs only these two methods. */
export function asSocket(stream: AdbStream): Socket {
  return Object.assign(stream, { setTimeout: () => stream, setNoDelay: () => stream }) as unknown as Socket
}
