import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'

/**
 * The modules that a run still waits for. A module can end twice (BullMQ has its result, and a process that cancels the run
 * removes it); the first end counts.
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

  /** @returns false if the event repeats what is known */
  accept(event: RunEvent): boolean {
    if (event.type !== 'module:end') return true
    if (!this.#open.delete(event.module)) return false
    this.verdicts.set(event.module, event.verdict)
    return true
  }

  /** Ends the remaining modules. @returns their events */
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
