import type { RunEvent } from '../event/run-event.js'
import type { InvalidUpdate, RunUpdate } from '../queue/follow-results.js'
import { moduleEnd, type ModuleEnd } from './module-end.js'
import type { RunProgress } from './run-progress.js'

/** Warnings about single events; more are only counted. */
const maxWarnings = 10

/**
 * What a run takes from its stream. Everybody who can reach the farm's Redis can write there, other versions of Baton too: what is not
 * an event of the run is left out, with a warning.
 */
export class UpdateReader {
  #ignored = 0

  /** @param warn - prints a line for people */
  constructor(private readonly warn: (line: string) => void) {}

  /** @returns undefined if there is nothing to take */
  read(update: RunUpdate, progress: RunProgress): RunEvent | undefined {
    if (update.kind === 'invalid') return this.#ofInvalid(update, progress)
    const event = update.kind === 'event' ? update.event : moduleEnd(update.result, update.at)
    const problem = progress.problemOf(event)
    if (problem === undefined) return event
    this.#ignore(update.kind === 'event' ? `an event '${event.type}'` : 'a result', problem)
    return undefined
  }

  #ignore(what: string, problem: string): void {
    this.#ignored += 1
    if (this.#ignored <= maxWarnings) this.warn(`ignored ${what} of the run in Redis: ${problem}`)
  }

  /** Reports how many warnings were left out. */
  end(): void {
    const more = this.#ignored - maxWarnings
    if (more > 0) this.warn(`ignored ${more} more events of the run in Redis`)
  }

  /** The end of a module must not get lost, or the run would wait for it forever. */
  #ofInvalid(update: InvalidUpdate, progress: RunProgress): RunEvent | undefined {
    this.#ignore(`entry ${update.entry}`, update.invalid.problem)
    const end = lostEnd(update)
    return end && progress.isOpen(end.module) ? end : undefined
  }
}

/** The end of a module of which the stream has nothing but nonsense; undefined if the entry is something else. */
export function lostEnd({ entry, invalid }: InvalidUpdate): ModuleEnd | undefined {
  if (invalid.type !== 'module:end' || invalid.module === undefined) return undefined
  return {
    type: 'module:end',
    module: invalid.module,
    verdict: 'lost',
    attempts: 0,
    reasons: [`what was recorded of its end is not an event: ${invalid.problem}`],
    at: Number.parseInt(entry, 10),
  }
}
