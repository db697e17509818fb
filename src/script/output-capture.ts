import { StringDecoder } from 'node:string_decoder'
import { LineBuffer } from '../process/line-buffer.js'

export type StreamName = 'stdout' | 'stderr'

const streams = ['stdout', 'stderr'] as const

/**
 * Takes over `process.stdout` and `process.stderr`, and with them `console`: a module's output becomes events of the
 * module instead of going to the host's terminal. Emits whole lines; a very long line is cut.
 */
export class OutputCapture {
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #lines: Record<StreamName, LineBuffer>

  constructor(emit: (stream: StreamName, text: string) => void) {
    this.#lines = {
      stdout: new LineBuffer(lines => emit('stdout', lines)),
      stderr: new LineBuffer(lines => emit('stderr', lines)),
    }
  }

  start(): void {
    for (const stream of streams) {
      process[stream].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
        const [encoding] = rest
        this.#lines[stream].add(this.#decode(stream, chunk, typeof encoding === 'string' ? encoding : undefined))
        const done = rest.at(-1)
        if (typeof done === 'function') process.nextTick(done)
        return true
      }
    }
  }

  stop(): void {
    for (const stream of streams) {
      // The stream's own write is on its prototype.
      Reflect.deleteProperty(process[stream], 'write')
      this.#lines[stream].add(this.#decoders[stream].end())
      this.#lines[stream].flush()
    }
  }

  /** A character's bytes may be split over several writes: the decoder keeps them until they are complete. */
  #decode(stream: StreamName, chunk: string | Uint8Array, encoding = 'utf8'): string {
    const decoder = this.#decoders[stream]
    // A string never completes the bytes of a character.
    if (typeof chunk === 'string' && /^utf-?8$/i.test(encoding)) return decoder.end() + chunk
    return decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk)
  }
}
