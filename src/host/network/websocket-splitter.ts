import { constants, inflateRawSync } from 'node:zlib'
import type { NetworkMessage } from '../../script/network/network-message.js'
import type { Piece, Splitter } from './message-channel.js'

/** What a message of a WebSocket looks like to a reader of the log. */
export type SocketMessage = Pick<NetworkMessage, 'type' | 'text' | 'bytes'> & { kind: 'sent' | 'received' | 'close' }

export interface WebSocketOptions {
  direction: 'sent' | 'received'
  /** `permessage-deflate` was agreed on (RFC 7692). */
  isDeflated: boolean
  messageOf: (message: SocketMessage) => NetworkMessage
}

/** A message that is larger is passed on, but not read. */
const maxReadBytes = 1024 * 1024
const maxText = 4_096
const windowBytes = 32 * 1024
/** What a sender of `permessage-deflate` leaves out at the end of each message. */
const deflateTail = Buffer.from([0, 0, 0xff, 0xff])

interface Frame {
  isFinal: boolean
  isCompressed: boolean
  opcode: number
  mask: Buffer | undefined
  length: number
}

/**
 * Divides one direction of a WebSocket into messages (RFC 6455, section 5.2). Frames are passed on byte for byte: the
 * splitter only reads along.
 */
export class WebSocketSplitter implements Splitter {
  /** Of a frame whose header is not complete. */
  #header: Buffer = Buffer.alloc(0)
  #frame: Frame | undefined
  /** Bytes of the frame's payload that were read. */
  #read = 0
  /** The first frame of the message, and its payload so far. */
  #first: Frame | undefined
  #payload: Buffer[] = []
  #payloadBytes = 0
  #messageBytes = 0
  /** The latest bytes that were inflated: later messages refer to them. Undefined once they are unknown. */
  #window: Buffer | undefined = Buffer.alloc(0)

  constructor(private readonly options: WebSocketOptions) {}

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    let start = 0
    let at = 0
    while (at < chunk.length) {
      at = this.#frame ? this.#readPayload(this.#frame, chunk, at) : this.#readHeader(chunk, at)
      const frame = this.#frame
      if (!frame || this.#read < frame.length) continue
      this.#frame = undefined
      const end = this.#endFrame(frame)
      if (!end) continue
      pieces.push({ bytes: chunk.subarray(start, at), ...end })
      start = at
    }
    if (start < chunk.length) pieces.push({ bytes: chunk.subarray(start) })
    return pieces
  }

  #readHeader(chunk: Buffer, at: number): number {
    const known = this.#header.length
    const bytes = Buffer.concat([this.#header, chunk.subarray(at, at + 14)])
    const length = headerLength(bytes)
    if (length === undefined || bytes.length < length) {
      this.#header = bytes
      return chunk.length
    }
    this.#header = Buffer.alloc(0)
    this.#frame = parseHeader(bytes)
    this.#read = 0
    if (this.#frame.opcode < 8) this.#first ??= this.#frame
    return at + length - known
  }

  #readPayload(frame: Frame, chunk: Buffer, at: number): number {
    const bytes = chunk.subarray(at, at + frame.length - this.#read)
    if (frame.opcode < 8) {
      this.#messageBytes += bytes.length
      if (this.#payloadBytes + bytes.length <= maxReadBytes) this.#payload.push(unmask(bytes, frame.mask, this.#read))
      this.#payloadBytes += bytes.length
    }
    this.#read += bytes.length
    return at + bytes.length
  }

  /** @returns undefined if the message goes on */
  #endFrame(frame: Frame): Omit<Piece, 'bytes'> | undefined {
    if (frame.opcode >= 8) {
      // Between the fragments of a message, it passes with them.
      if (this.#first) return undefined
      return { message: frame.opcode === 8 ? this.options.messageOf({ kind: 'close' }) : 'unlogged' }
    }
    if (!frame.isFinal || !this.#first) return undefined
    const first = this.#first
    const bytes = this.#messageBytes
    const plain = this.#plain(first)
    this.#first = undefined
    this.#payload = []
    this.#payloadBytes = 0
    this.#messageBytes = 0
    const text = first.opcode === 1 ? plain?.toString() : undefined
    const type = text === undefined ? undefined : typeOf(text)
    const message = this.options.messageOf({
      kind: this.options.direction,
      bytes,
      ...(text !== undefined && { text: text.slice(0, maxText) }),
      ...(type !== undefined && { type }),
    })
    if (!first.isCompressed || !plain) return { message }
    return { message, afterDrop: () => plainFrame(first, plain) }
  }

  /** The message's payload, inflated; undefined if it can't be read. */
  #plain({ isCompressed }: Frame): Buffer | undefined {
    const isWhole = this.#payloadBytes <= maxReadBytes
    if (!isCompressed) return isWhole ? Buffer.concat(this.#payload) : undefined
    if (!isWhole || !this.options.isDeflated) this.#window = undefined
    if (!this.#window) return undefined
    try {
      const inflated = inflateRawSync(Buffer.concat([...this.#payload, deflateTail]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: 16 * maxReadBytes,
        ...(this.#window.length > 0 && { dictionary: this.#window }),
      })
      this.#window = Buffer.concat([this.#window, inflated]).subarray(-windowBytes)
      return inflated
    } catch {
      this.#window = undefined
      return undefined
    }
  }
}

/** @returns undefined if the first two bytes are missing */
function headerLength(bytes: Buffer): number | undefined {
  const second = bytes[1]
  if (second === undefined) return undefined
  const short = second & 0x7f
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0)
}

function parseHeader(bytes: Buffer): Frame {
  const [first = 0, second = 0] = bytes
  const short = second & 0x7f
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const end = headerLength(bytes) ?? 2
  return {
    isFinal: (first & 0x80) !== 0,
    isCompressed: (first & 0x40) !== 0,
    opcode: first & 0x0f,
    mask: second & 0x80 ? Buffer.from(bytes.subarray(end - 4, end)) : undefined,
    length,
  }
}

function unmask(bytes: Buffer, mask: Buffer | undefined, offset: number): Buffer {
  const copy = Buffer.from(bytes)
  if (mask) for (let at = 0; at < copy.length; at++) copy[at] = (copy[at] ?? 0) ^ (mask[(offset + at) % 4] ?? 0)
  return copy
}

/** The message in one frame, not compressed: it refers to no message before it. */
function plainFrame({ opcode, mask }: Frame, payload: Buffer): Buffer {
  const size = payload.length
  const extended = size < 126 ? Buffer.alloc(0) : Buffer.alloc(size < 65_536 ? 2 : 8)
  if (extended.length === 2) extended.writeUInt16BE(size)
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(size))
  const short = size < 126 ? size : size < 65_536 ? 126 : 127
  const head = Buffer.from([0x80 | opcode, (mask ? 0x80 : 0) | short])
  return Buffer.concat([head, extended, ...(mask ? [mask] : []), unmask(payload, mask, 0)])
}

function typeOf(text: string): string | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const { type } = JSON.parse(text) as { type?: unknown }
    return typeof type === 'string' ? type : undefined
  } catch {
    return undefined
  }
}
