import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { sha256 } from '../module/asset.js'

/** Reads a file once; how long it is and its hash are known then. A process that is left may still write to it. */
export class HashedContent {
  readonly #hash = createHash('sha256')
  #digest: string | undefined
  bytes = 0

  constructor(
    private readonly file: string,
    private readonly maxBytes = Infinity,
  ) {}

  get hash(): string {
    return (this.#digest ??= this.bytes === 0 ? sha256('') : this.#hash.digest('hex'))
  }

  async *read(): AsyncGenerator<Buffer> {
    const end = this.maxBytes === Infinity ? {} : { end: this.maxBytes - 1 }
    for await (const chunk of createReadStream(this.file, end)) {
      const part = chunk as Buffer
      this.#hash.update(part)
      this.bytes += part.length
      yield part
    }
  }
}
