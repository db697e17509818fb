// The clock, timers and `fetch` of this process as they were before a module.

export const realSetTimeout = globalThis.setTimeout
export const realClearTimeout = globalThis.clearTimeout
const realSetImmediate = globalThis.setImmediate
export const realNow = performance.now.bind(performance)
export const realDate = Date.now.bind(Date)
export const realFetch = fetch.bind(globalThis)

/** @param ms - milliseconds */
export async function realDelay(ms: number): Promise<void> {
  await new Promise<void>(resolve => realSetTimeout(resolve, ms))
}

/** The next turn of the event loop. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>(resolve => realSetImmediate(resolve))
}

/** Waits for something to change. */
export class Changes {
  #version = 0
  readonly #waiters = new Set<() => void>()

  /** Grows with each change. */
  get version(): number {
    return this.#version
  }

  /** Something has changed. */
  readonly notify = (): void => {
    this.#version += 1
    for (const wake of this.#waiters) wake()
  }

  /** Resolves at the next change, or after `ms` milliseconds. */
  async next(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const wake = (): void => {
        this.#waiters.delete(wake)
        realClearTimeout(timer)
        resolve()
      }
      const timer = realSetTimeout(wake, ms)
      this.#waiters.add(wake)
    })
  }
}

/** Milliseconds that a test or hook has at least while it is explored: it also waits for the scheduler. */
export const minTestTimeoutMs = 60_000
