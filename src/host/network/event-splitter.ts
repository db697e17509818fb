import type { NetworkMessage } from '../../script/network/network-message.js'
import type { Piece, Splitter } from './message-channel.js'

const lf = 10
const cr = 13
/** Bytes of an event that are kept to name it. */
const maxEventBytes = 64 * 1024
const maxText = 4_096

/** Divides a `text/event-stream` into events: each ends with a blank line (HTML Standard, section 9.2.6). */
export class EventSplitter implements Splitter {
  /** The lines of the event so far, as far as they are kept. */
  #seen: Buffer[] = []
  #seenBytes = 0
  #isLineEmpty = true
  /** The last byte was a carriage return: a line feed that follows belongs to it. */
  #afterCr = false

  constructor(private readonly messageOf: (event: { type: string; text: string; bytes: number }) => NetworkMessage) {}

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      const isSecondOfCrLf = this.#afterCr && byte === lf
      this.#afterCr = byte === cr
      if (isSecondOfCrLf) continue
      if (byte !== lf && byte !== cr) {
        this.#isLineEmpty = false
        continue
      }
      if (!this.#isLineEmpty) {
        this.#isLineEmpty = true
        continue
      }
      const end = byte === cr && chunk[at + 1] === lf ? at + 2 : at + 1
      pieces.push(this.#complete(chunk.subarray(start, end)))
      start = end
    }
    if (start < chunk.length) {
      this.#keep(chunk.subarray(start))
      pieces.push({ bytes: chunk.subarray(start) })
    }
    return pieces
  }

  #complete(bytes: Buffer): Piece {
    this.#keep(bytes)
    const size = this.#seenBytes
    const lines = Buffer.concat(this.#seen)
      .toString()
      .split(/\r\n|\r|\n/)
    this.#seen = []
    this.#seenBytes = 0
    const data = lines.flatMap(line => fieldOf(line, 'data') ?? [])
    const type = lines.flatMap(line => fieldOf(line, 'event') ?? []).at(-1)
    // Comments keep a connection alive; nobody gets them.
    if (data.length === 0) return { bytes, message: 'unlogged' }
    const text = data.join('\n').slice(0, maxText)
    return { bytes, message: this.messageOf({ type: type ?? 'message', text, bytes: size }) }
  }

  #keep(bytes: Buffer): void {
    if (this.#seenBytes < maxEventBytes) this.#seen.push(bytes)
    this.#seenBytes += bytes.length
  }
}

function fieldOf(line: string, name: string): string | undefined {
  if (line === name) return ''
  return line.startsWith(`${name}:`) ? line.slice(name.length + 1).replace(/^ /, '') : undefined
}
