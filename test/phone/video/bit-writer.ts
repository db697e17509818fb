/** Writes bits, highest first, with the variable-length numbers of H.264. */
export class BitWriter {
  readonly #bytes: number[] = []
  #current = 0
  #filled = 0

  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#current = (this.#current << 1) | ((value >>> bit) & 1)
      if (++this.#filled === 8) {
        this.#bytes.push(this.#current)
        this.#current = 0
        this.#filled = 0
      }
    }
    return this
  }

  /** Exponential Golomb code, unsigned: `ue(v)`. */
  golomb(...values: number[]): this {
    for (const value of values) {
      const length = 32 - Math.clz32(value + 1)
      this.bits(0, length - 1).bits(value + 1, length)
    }
    return this
  }

  align(): this {
    return this.#filled === 0 ? this : this.bits(0, 8 - this.#filled)
  }

  /** The stop bit, and zeros to the end of the byte. */
  stop(): this {
    return this.bits(1, 1).align()
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes)
  }
}
