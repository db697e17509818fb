import { errorMessage } from '../error/error-text.js'

interface ClosingStep {
  what: string
  close: () => Promise<unknown> | void
}

/**
 * The steps that close a host, or as much of it as had started before the start failed. Each step is added when the thing that
 * it closes is started. The steps run in reverse order.
 */
export class ClosingSteps {
  readonly #steps: ClosingStep[] = []
  #closing: Promise<void> | undefined

  /** @param log - takes one line about each step that failed */
  constructor(private readonly log: (line: string) => void) {}

  /** @param what - what it closes, for the log */
  add(what: string, close: ClosingStep['close']): void {
    this.#steps.push({ what, close })
  }

  /** Runs every step once, also after one that fails: what is left open would keep the process alive. Never rejects. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const { what, close } of this.#steps.toReversed()) {
      try {
        await close()
      } catch (error) {
        this.log(`could not close ${what}: ${errorMessage(error)}`)
      }
    }
  }
}
