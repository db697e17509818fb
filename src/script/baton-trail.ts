import type { BatonPass } from '../event/run-event.js'

/** How many passes a report shows. */
const maxPasses = 20

/** The last changes of the active device, for the report of a failure. */
export class BatonTrail {
  readonly #passes: BatonPass[] = []

  /** The role that became active last. */
  get holder(): string | undefined {
    return this.#passes.at(-1)?.role
  }

  note(pass: BatonPass): void {
    this.#passes.push(pass)
    if (this.#passes.length > maxPasses) this.#passes.shift()
  }

  /** Oldest first, at most 20. */
  last(): BatonPass[] {
    return [...this.#passes]
  }
}
