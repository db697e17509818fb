import type { RunEvent } from '../event/run-event.js'
import type { FoundJob, RunJobs } from '../lease/run-jobs.js'
import { storedResult } from '../queue/stored-result.js'
import type { FarmConnection } from './farm-connection.js'
import { moduleEnd } from './module-end.js'
import type { RunProgress } from './run-progress.js'

/** Milliseconds between two checks while nothing happens in a run. */
const checkIntervalMs = 10_000
/** How often a module is added again. */
const maxAdded = 3

export const lostJobReason = 'Redis lost its job: its data was lost, or restored from an older state'

export interface RecoveryOptions {
  farm: FarmConnection
  run: string
  progress: RunProgress
  /** Queues in which a module's job may be; undefined if it was never submitted. */
  queuesOf: (module: string) => readonly string[] | undefined
  /** Submits modules again; absent if this process cannot. @returns those that can no longer be run */
  addAgain?: (modules: readonly string[]) => Promise<readonly string[]>
  /** Prints a line for people. */
  warn: (line: string) => void
}

/**
 * Finds modules whose end would never be reported, because Redis lost their jobs or the record of their result: the end of its
 * append-only file was cut, a backup was restored, a replica that lagged behind took over, or keys were evicted. Such a module
 * is added again, or ends as `lost` with that reason.
 */
export class ModuleRecovery {
  readonly #jobs: RunJobs
  /** Module → what the last check found. Only the next check acts on it: by then, all that led to it has been read. */
  #suspects = new Map<string, FoundJob['state']>()
  #checkAt = 0
  readonly #added = new Map<string, number>()

  constructor(private readonly options: RecoveryOptions) {
    this.#jobs = options.farm.runs.jobs
    options.farm.redis.on('ready', this.#onReconnected)
  }

  /** To be called when all events so far have been read. */
  async check(): Promise<void> {
    if (this.#suspects.size === 0 && performance.now() < this.#checkAt) return
    this.#checkAt = performance.now() + checkIntervalMs
    const suspects = this.#suspects
    this.#suspects = new Map()
    const confirmed: FoundJob[] = []
    for (const [queues, modules] of this.#openByQueues()) {
      for (const job of await this.#jobs.find(queues, modules)) {
        if (suspects.get(job.module) === job.state) confirmed.push(job)
        else this.#suspects.set(job.module, job.state)
      }
    }
    await this.#recover(confirmed)
  }

  stop(): void {
    this.options.farm.redis.off('ready', this.#onReconnected)
  }

  #onReconnected = (): void => void (this.#checkAt = 0)

  /** Modules without a result, by where their jobs may be. */
  #openByQueues(): Map<readonly string[], string[]> {
    const { progress, queuesOf } = this.options
    const byQueues = new Map<readonly string[], string[]>()
    for (const module of progress.open) {
      const queues = queuesOf(module)
      if (!queues) continue
      const modules = byQueues.get(queues)
      if (modules) modules.push(module)
      else byQueues.set(queues, [module])
    }
    return byQueues
  }

  async #recover(found: readonly FoundJob[]): Promise<void> {
    const { farm, addAgain, warn } = this.options
    for (const job of found) {
      if (job.state === 'missing') continue
      const result = await storedResult(farm.redis, farm.prefix, { ...job, state: job.state })
      await this.#record(job, moduleEnd(result, Date.now()))
    }
    const missing = found.filter(({ state }) => state === 'missing')
    if (missing.length === 0) return
    const again = addAgain ? missing.filter(job => this.#countAdded(job.module) <= maxAdded) : []
    const refused = await this.#addAgain(again.map(({ module }) => module))
    const added = new Set(again.filter(({ module }) => !refused.has(module)))
    if (added.size > 0) warn(`Redis lost the jobs of ${added.size} modules; they were added again`)
    for (const job of missing) if (!added.has(job)) await this.#record(job, lostEvent(job.module))
  }

  async #addAgain(modules: readonly string[]): Promise<ReadonlySet<string>> {
    const { addAgain, queuesOf } = this.options
    if (modules.length === 0 || !addAgain) return new Set()
    for (const module of modules) await this.#jobs.find(queuesOf(module) ?? [], [module], true)
    return new Set(await addAgain(modules))
  }

  #countAdded(module: string): number {
    const count = (this.#added.get(module) ?? 0) + 1
    this.#added.set(module, count)
    return count
  }

  async #record(job: FoundJob, event: RunEvent): Promise<void> {
    await this.#jobs.recordEnd(this.options.run, this.options.queuesOf(job.module) ?? [], job, event)
  }
}

function lostEvent(module: string): RunEvent {
  return { type: 'module:end', module, verdict: 'lost', attempts: 0, reasons: [lostJobReason], at: Date.now() }
}
