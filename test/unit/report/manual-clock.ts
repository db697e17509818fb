import type { Clock } from '../../../src/report/live-reporter.js'

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 1_000
  readonly #calls = new Set<{ at: number; act: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, act: () => void): () => void {
    const call = { at: this.#now + ms, act }
    this.#calls.add(call)
    return () => void this.#calls.delete(call)
  }

  /** Wake-up calls that are still to come. */
  get pending(): number {
    return this.#calls.size
  }

  /** Moves on, and makes every call that falls due, at its time. */
  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = [...this.#calls].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#calls.delete(next)
      this.#now = next.at
      next.act()
    }
    this.#now = until
  }
}
