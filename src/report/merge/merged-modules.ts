import type { ModuleListing, RunEvent } from '../../event/run-event.js'
import type { ModuleVerdict } from '../../event/verdicts.js'

type ModuleEnd = Extract<RunEvent, { type: 'module:end' }>

interface MergedModule {
  listing: ModuleListing
  /** Attempts of earlier runs. */
  attemptsBefore: number
  /** Attempts of the run that is read now. */
  attempts: number
  end?: ModuleEnd
}

/**
 * The modules of several runs as those of one. A module that ran in several of them is one module: the later run is its next
 * attempt, as if CI had tried the failed job again.
 */
export class MergedModules {
  readonly #byKey = new Map<string, MergedModule>()
  /** Id in the current run → module. */
  #current = new Map<string, MergedModule>()
  #run = 0

  get listings(): ModuleListing[] {
    return [...this.#byKey.values()].map(({ listing }) => listing)
  }

  /** Of the modules that have one. */
  get verdicts(): ModuleVerdict[] {
    return [...this.#byKey.values()].flatMap(({ end }) => end?.verdict ?? [])
  }

  /** Starts the next run. */
  startRun(modules: readonly ModuleListing[]): void {
    this.#run += 1
    this.#current = new Map()
    const seen = new Map<string, number>()
    for (const listing of modules) {
      const name = JSON.stringify([listing.suite, listing.file, listing.device, listing.repetition])
      const count = (seen.get(name) ?? 0) + 1
      seen.set(name, count)
      const key = `${name}\n${count}`
      const known = this.#byKey.get(key) ?? { listing: this.#numbered(listing), attemptsBefore: 0, attempts: 0 }
      known.attemptsBefore += known.attempts
      known.attempts = 0
      this.#byKey.set(key, known)
      this.#current.set(listing.id, known)
    }
  }

  /** @returns the event with the ids of the merged run; undefined if an earlier result of its module stays */
  rename(event: RunEvent): RunEvent | undefined {
    if (!('module' in event)) return event
    const module = this.#current.get(event.module)
    if (!module) return undefined
    const { id } = module.listing
    if (event.type === 'module:end') return this.#end(module, event)
    if (event.type === 'module:wait') return { ...event, module: id }
    const of = { module: id, lease: this.#lease(event.lease) }
    if (!('attempt' in event)) return { ...event, ...of }
    module.attempts = Math.max(module.attempts, event.attempt)
    return { ...this.#moved(event), ...of, attempt: event.attempt + module.attemptsBefore }
  }

  #end(module: MergedModule, event: ModuleEnd): ModuleEnd | undefined {
    const before = module.end
    if (before && event.verdict === 'not-run') return undefined
    const { lease } = event
    const end: ModuleEnd = {
      ...event,
      module: module.listing.id,
      verdict: mergedVerdict(before?.verdict, event.verdict),
      attempts: (before?.attempts ?? 0) + event.attempts,
      ...(lease !== undefined && { lease: this.#lease(lease) }),
      ...(before && { corrected: true }),
    }
    module.end = end
    return end
  }

  /** Files of each run are in a folder of their own. */
  #moved<Event extends Extract<RunEvent, { attempt: number }>>(event: Event): Event {
    if (!('path' in event) || event.path === undefined) return event
    return { ...event, path: event.path.replace(/^artifacts\//, `artifacts/${this.#run}/`) }
  }

  #lease(lease: string): string {
    return `${this.#run}-${lease}`
  }

  #numbered(listing: ModuleListing): ModuleListing {
    return { ...listing, id: String(this.#byKey.size + 1) }
  }
}

function mergedVerdict(before: ModuleVerdict | undefined, verdict: ModuleVerdict): ModuleVerdict {
  const hasFailed = before === 'failed' || before === 'flaky'
  return hasFailed && verdict === 'passed' ? 'flaky' : verdict
}
