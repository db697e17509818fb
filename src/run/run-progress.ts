import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import type { ModuleEnd } from './module-end.js'

/**
 * The modules that a run still waits for. A module can end twice (BullMQ has its result, and a process that cancels the run
 * removes it); the first end counts.
 */
export class RunProgress {
  readonly verdicts = new Map<string, ModuleVerdict>()
  readonly #modules: ReadonlySet<string>
  readonly #open: Set<string>

  constructor(modules: readonly string[]) {
    this.#modules = new Set(modules)
    this.#open = new Set(modules)
  }

  isOpen(module: string): boolean {
    return this.#open.has(module)
  }

  /** @returns why no process of the farm sends this event to a run with these modules; undefined if it may be right */
  problemOf(event: RunEvent): string | undefined {
    if (event.type === 'run:start' || event.type === 'run:end') return `'${event.type}' comes only from the run itself`
    if ('module' in event && !this.#modules.has(event.module)) return `the run has no module '${event.module}'`
    return undefined
  }

  /** Modules that have not ended. */
  get open(): ReadonlySet<string> {
    return this.#open
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

  /** Replaces how a module ended. */
  correct({ module, verdict }: ModuleEnd): void {
    this.verdicts.set(module, verdict)
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
