import type { BatonPass } from '../event/run-event.js'

/** How many passes a report shows. */
const maxPasses = 20

/** The last changes of the active device in a test, for the report of a failure. */
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

  /** Forgets the passes of earlier tests. @param first - the role that is active already, as a pass */
  restart(first?: BatonPass): void {
    this.#passes.splice(0, Infinity, ...(first ? [first] : []))
  }

  /** Oldest first, at most 20. */
  last(): BatonPass[] {
    return [...this.#passes]
  }
}
