export type StreamName = 'stdout' | 'stderr'

/**
 * Takes over `process.stdout` and `process.stderr`, and with them `console`: what a module prints belongs to its events,
 * not to the host's terminal. Whole lines are handed on.
 */
export class OutputCapture {
  readonly #emit: (stream: StreamName, text: string) => void
  readonly #partial = { stdout: '', stderr: '' }

  constructor(emit: (stream: StreamName, text: string) => void) {
    this.#emit = emit
  }

  start(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      process[stream].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
        this.#take(stream, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
        const done = rest.at(-1)
        if (typeof done === 'function') process.nextTick(done)
        return true
      }
    }
  }

  stop(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      // The stream's own write is on its prototype.
      Reflect.deleteProperty(process[stream], 'write')
      const rest = this.#partial[stream]
      this.#partial[stream] = ''
      if (rest !== '') this.#emit(stream, rest)
    }
  }

  #take(stream: StreamName, text: string): void {
    const all = this.#partial[stream] + text
    const end = all.lastIndexOf('\n')
    this.#partial[stream] = all.slice(end + 1)
    if (end >= 0) this.#emit(stream, all.slice(0, end))
  }
}
