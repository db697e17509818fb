/** Fields of a message of Protocol Buffers, as bytes (https://protobuf.dev/programming-guides/encoding). */
export class ProtobufMessage {
  readonly #parts: Buffer[] = []

  /** `uint64`, `uint32` or an enum. */
  integer(field: number, value: number | bigint): this {
    this.#parts.push(varint(BigInt(field) << 3n), varint(BigInt(value)))
    return this
  }

  fixed64(field: number, value: bigint): this {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(value)
    this.#parts.push(varint((BigInt(field) << 3n) | 1n), bytes)
    return this
  }

  text(field: number, value: string): this {
    return this.#bytes(field, Buffer.from(value))
  }

  message(field: number, value: ProtobufMessage): this {
    return this.#bytes(field, value.encode())
  }

  encode(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #bytes(field: number, bytes: Buffer): this {
    this.#parts.push(varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes)
    return this
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
