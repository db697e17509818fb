import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'

/**
 * What a run waits for: the end of each of its modules, once. A module's end can be told twice (its result by BullMQ, its
 * removal by whoever cancelled the run); the first one counts.
 */
export class RunProgress {
  readonly verdicts = new Map<string, ModuleVerdict>()
  readonly #open: Set<string>

  constructor(modules: readonly string[]) {
    this.#open = new Set(modules)
  }

  get done(): boolean {
    return this.#open.size === 0
  }

  /** @returns false where the event repeats what is known */
  accept(event: RunEvent): boolean {
    if (event.type !== 'module:end') return true
    if (!this.#open.delete(event.module)) return false
    this.verdicts.set(event.module, event.verdict)
    return true
  }

  /** Ends what is still open, because nobody else will: the events that say so. */
  close(at: number, reason: string): RunEvent[] {
    return [...this.#open].flatMap(module => {
      const event: RunEvent = {
        type: 'module:end',
        module,
        verdict: 'not-run',
        attempts: 0,
        reasons: [reason],
        at,
      }
      return this.accept(event) ? [event] : []
    })
  }
}
