import type { RunLeases } from '../lease/run-leases.js'
import type { RunUpdate } from '../queue/follow-results.js'
import type { ModuleResult } from '../queue/module-result.js'
import { moduleEnd, type ModuleEnd } from './module-end.js'
import { lostEnd } from './read-update.js'

/**
 * Replaces the results that a follower reads by those that the farm has recorded for all followers, so that no two of them
 * disagree. The streams alone don't ensure that: a module can end twice in them, in an order that depends on when they are
 * read, and a Redis that restarts may have lost what one follower has already reported.
 */
export class ResultSettler {
  /** Modules of the run, known from its start on. */
  #modules: ReadonlySet<string> = new Set()
  /** What was passed on, by module. */
  readonly #settled = new Map<string, ModuleResult>()

  constructor(
    private readonly runs: Pick<RunLeases, 'results'>,
    private readonly run: string,
  ) {}

  /** @returns the updates, with the recorded result in place of each end of a module */
  async settle(updates: readonly RunUpdate[]): Promise<RunUpdate[]> {
    for (const update of updates) this.#readStart(update)
    const found = new Map<string, ModuleResult>()
    for (const result of updates.map(resultOf)) {
      if (!result || this.#settled.has(result.module) || found.has(result.module)) continue
      if (this.#modules.has(result.module)) found.set(result.module, result)
    }
    for (const result of await this.runs.results.record(this.run, [...found.values()]))
      this.#settled.set(result.module, result)
    return updates.flatMap(update => this.#settledUpdates(update))
  }

  /** Records again what was passed on: Redis may have restarted with older data. */
  async recordAgain(): Promise<void> {
    await this.runs.results.record(this.run, [...this.#settled.values()])
  }

  /** @returns the ends of modules for which another follower has recorded something else after a loss of data */
  async corrections(): Promise<ModuleEnd[]> {
    const recorded = await this.runs.results.record(this.run, [...this.#settled.values()])
    return recorded
      .filter(result => result.verdict !== this.#settled.get(result.module)?.verdict)
      .map(result => ({ ...moduleEnd(result, Date.now()), corrected: true }))
  }

  #readStart(update: RunUpdate): void {
    if (this.#modules.size > 0 || update.kind !== 'event' || update.event.type !== 'run:start') return
    this.#modules = new Set(update.event.modules.map(({ id }) => id))
  }

  /** An invalid end remains as a warning, in front of the recorded result. */
  #settledUpdates(update: RunUpdate): RunUpdate[] {
    const settled = this.#settled.get(resultOf(update)?.module ?? '')
    if (!settled) return [update]
    const result: RunUpdate = { kind: 'result', result: settled, at: timeOf(update) }
    if (update.kind !== 'invalid') return [result]
    const { module: _, ...invalid } = update.invalid
    return [{ ...update, invalid }, result]
  }
}

/** The end of a module, as a result. */
function resultOf(update: RunUpdate): ModuleResult | undefined {
  if (update.kind === 'result') return update.result
  const event = update.kind === 'event' ? update.event : lostEnd(update)
  if (event?.type !== 'module:end') return undefined
  const { type: _, at: __, ...result } = event
  return result
}

function timeOf(update: RunUpdate): number {
  if (update.kind === 'result') return update.at
  return update.kind === 'event' ? update.event.at : Number.parseInt(update.entry, 10)
}
