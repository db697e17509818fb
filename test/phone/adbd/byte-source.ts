import type { Readable } from 'node:stream'

/** Reads exact numbers of bytes from a stream. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer[] = []
  #length = 0

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** @returns undefined where the stream ended before that many came */
  async read(bytes: number): Promise<Buffer | undefined> {
    while (this.#length < bytes) {
      const { value, done } = await this.#chunks.next()
      if (done) return undefined
      this.#rest.push(value)
      this.#length += value.length
    }
    const all = Buffer.concat(this.#rest)
    this.#rest = [all.subarray(bytes)]
    this.#length -= bytes
    return all.subarray(0, bytes)
  }
}
