import { headerBytes, nothing, type Packet } from './packet.js'

/** Splits a stream of bytes into packets. */
export class PacketReader {
  readonly #onPacket: (packet: Packet) => void
  #chunks: Buffer[] = []
  #length = 0
  #header: Buffer | undefined

  constructor(onPacket: (packet: Packet) => void) {
    this.#onPacket = onPacket
  }

  feed(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    for (;;) {
      if (!this.#header) {
        if (this.#length < headerBytes) return
        this.#header = this.#take(headerBytes)
      }
      const dataBytes = this.#header.readUInt32LE(12)
      if (this.#length < dataBytes) return
      const header = this.#header
      this.#header = undefined
      this.#onPacket({
        command: header.readUInt32LE(0),
        arg0: header.readUInt32LE(4),
        arg1: header.readUInt32LE(8),
        data: dataBytes === 0 ? nothing : this.#take(dataBytes),
      })
    }
  }

  #take(bytes: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    this.#chunks = all.length > bytes ? [all.subarray(bytes)] : []
    this.#length -= bytes
    return all.subarray(0, bytes)
  }
}
