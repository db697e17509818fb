import type { BatonPass } from '../event/run-event.js'

const kept = 20

/** The last passes of the baton, for the report of a failure. */
export class BatonTrail {
  readonly #passes: BatonPass[] = []

  /** The role that got the baton last. */
  get holder(): string | undefined {
    return this.#passes.at(-1)?.role
  }

  note(pass: BatonPass): void {
    this.#passes.push(pass)
    if (this.#passes.length > kept) this.#passes.shift()
  }

  /** Oldest first, at most 20. */
  last(): BatonPass[] {
    return [...this.#passes]
  }
}
