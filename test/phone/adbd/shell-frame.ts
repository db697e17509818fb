/** Frame types of shell protocol v2, which separates output, errors and the exit code. */
export const frames = { stdin: 0, stdout: 1, stderr: 2, exit: 3, closeStdin: 4 } as const

const frameHeaderBytes = 5

export function encodeFrame(kind: number, data: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes)
  header.writeUInt8(kind, 0)
  header.writeUInt32LE(data.length, 1)
  return Buffer.concat([header, data])
}

/** Splits what the computer sends into frames. */
export class FrameReader {
  readonly #onFrame: (kind: number, data: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(onFrame: (kind: number, data: Buffer) => void) {
    this.#onFrame = onFrame
  }

  feed(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= frameHeaderBytes) {
      const end = frameHeaderBytes + this.#rest.readUInt32LE(1)
      if (this.#rest.length < end) return
      const frame = this.#rest.subarray(0, end)
      this.#rest = this.#rest.subarray(end)
      this.#onFrame(frame.readUInt8(0), frame.subarray(frameHeaderBytes))
    }
  }
}
