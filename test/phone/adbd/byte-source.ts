import type { Readable } from 'node:stream'

/** Reads exact numbers of bytes from a stream. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer[] = []
  #length = 0

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** @returns undefined if the stream ended before */
  async read(bytes: number): Promise<Buffer | undefined> {
    while (this.#length < bytes) {
      // A destroyed stream, as by an unplugged cable, has ended too.
      const next = await this.#chunks.next().catch(() => undefined)
      if (!next || next.done) return undefined
      this.#rest.push(next.value)
      this.#length += next.value.length
    }
    const all = Buffer.concat(this.#rest)
    this.#rest = [all.subarray(bytes)]
    this.#length -= bytes
    return all.subarray(0, bytes)
  }
}
