import { countOf } from '../../error/closest-name.js'
import type { ModuleVerdict } from '../../event/verdicts.js'
import type { Exploration } from '../../explore/exploration.js'
import type { ExploreTask } from '../../explore/explore-task.js'
import type { Schedule } from '../../explore/schedule.js'
import { forgetRun } from '../../lease/forget-run.js'
import { executeRun, type ExecuteRunOptions } from '../execute-run.js'
import type { PlannedModule } from '../selection/plan-modules.js'
import type { ExploreRequest, ReplayRequest } from './explore-request.js'
import { ModuleRelay, type RelayTargets } from './module-relay.js'
import { minimiseTasks, nextTasks } from './next-tasks.js'
import type { JobSurroundings, SurroundingsPool } from './surroundings-pool.js'

export interface ExploreModules extends Omit<ExecuteRunOptions, 'forget' | 'stages'> {
  request: ExploreRequest | ReplayRequest
  surroundings: SurroundingsPool
  onBug: RelayTargets['onBug']
}

/** What was found in one module. */
export interface ExploredModule {
  id: string
  file: string
  exploration: Exploration
}

export interface ExploreLimits {
  /** On the clock of `performance.now`. */
  deadline: number
  /** How many jobs this module may run at the same time. */
  shareOf: () => number
  /** The farm has failed. */
  hasEnded: () => boolean
}

export interface ExplorerEnd {
  verdict: ModuleVerdict
  /** Of the farm. */
  failure?: Error
}

/** Explores one module: rounds of jobs, each a run on the farm, until there is nothing left to try. */
export class ModuleExplorer {
  readonly #relay: ModuleRelay
  #rounds = 0
  #jobs = 0
  #failure: Error | undefined

  constructor(
    private readonly parts: ExploreModules,
    readonly module: PlannedModule,
  ) {
    this.#relay = new ModuleRelay(module.id, parts)
  }

  get found(): ExploredModule {
    return { id: this.module.id, file: this.module.file, exploration: this.#relay.exploration }
  }

  async explore(limits: ExploreLimits): Promise<ExplorerEnd> {
    const { request } = this.parts
    if (request.do === 'explore') {
      await this.#search(request, limits)
      await this.#minimise(limits)
    } else if (this.#goesOn(limits)) {
      await this.#round([request])
    }
    const { verdict, reasons } = this.#judge(limits)
    this.#relay.end(verdict, reasons)
    return { verdict, ...(this.#failure && { failure: this.#failure }) }
  }

  async #search(request: Extract<ExploreModules['request'], { do: 'explore' }>, limits: ExploreLimits): Promise<void> {
    const { exploration } = this.#relay
    for (let exhausted = false; this.#goesOn(limits);) {
      const leftMs = limits.deadline - performance.now()
      const tasks = nextTasks({ request, exploration, parallel: limits.shareOf(), leftMs, exhausted })
      if (tasks.length === 0) return
      const before = exploration.size
      await this.#round(tasks, request.untilBug)
      // A job that did nothing has nothing left to try; one that tries all orders goes on until there are none.
      exhausted =
        exploration.size === before || tasks.some(task => task.do === 'explore' && task.strategy === 'enumerate')
    }
  }

  async #minimise(limits: ExploreLimits): Promise<void> {
    /** Also those whose job was lost. */
    const tried = new Set<string>()
    const keyOf = ({ schedule }: { schedule: Schedule }): string =>
      [schedule.error.signature, ...schedule.trace].join('\n')
    while (this.#goesOn(limits, true)) {
      const tasks = minimiseTasks(this.#relay.exploration).filter(task => !tried.has(keyOf(task)))
      if (tasks.length === 0) return
      const next = tasks.slice(0, limits.shareOf())
      for (const task of next) tried.add(keyOf(task))
      await this.#round(next)
    }
  }

  /** @param afterFailure - jobs that failed because of a bug don't end it */
  #goesOn({ hasEnded }: ExploreLimits, afterFailure = false): boolean {
    const isLost = this.#relay.ends.some(({ verdict }) => verdict === 'lost')
    const isBroken = this.#relay.jobError !== undefined && !afterFailure
    return !this.parts.stop.aborted && !hasEnded() && !this.#failure && !isLost && !isBroken
  }

  /** Runs jobs, and waits until all have ended. */
  async #round(tasks: readonly ExploreTask[], stopsAtBug = false): Promise<void> {
    const { farm, options, surroundings } = this.parts
    this.#rounds += 1
    const run = `${this.parts.run}-${this.module.id}-${this.#rounds}`
    const taken = await surroundings.take(tasks.length)
    try {
      const { farmFailure } = await executeRun({
        ...this.parts,
        run,
        modules: taken.flatMap((own, index) => (tasks[index] ? [this.#job(tasks[index], own)] : [])),
        options: { ...options, bail: stopsAtBug },
        bailReason: 'a bug was found in another job',
        onEvent: this.#relay.onEvent,
        fileTargets: this.#relay.fileTargets,
        forget: () => forgetRun(farm.runs, run),
      })
      this.#failure = farmFailure
    } finally {
      surroundings.giveBack(taken)
    }
  }

  #job(task: ExploreTask, { execution, resets, worker }: JobSurroundings): PlannedModule {
    this.#jobs += 1
    const { stage: _, suite: __, expectedMs: ___, ...module } = this.module
    const id = `${this.module.id}#${this.#jobs}`
    this.#relay.addJob(id, worker)
    const explore = Object.keys(resets).length > 0 ? { ...task, resets } : task
    return { ...module, id, execution: { ...execution, explore } }
  }

  /** `--fail-on-flaky-server` */
  #failsByServer(): boolean {
    const { request, warn } = this.parts
    const times = this.#relay.exploration.slowServer
    if (times === 0 || request.do !== 'explore' || !request.failOnFlakyServer) return false
    warn(`${this.module.file} fails: a server answered too late to be controlled, ${countOf(times, 'time')}`)
    return true
  }

  #judge({ deadline }: ExploreLimits): { verdict: ModuleVerdict; reasons?: string[] } {
    const { exploration, ends, jobError } = this.#relay
    const { replays } = exploration
    const hasFailed = exploration.failures > 0 || replays.some(({ verdict }) => verdict === 'failed')
    if (hasFailed || jobError !== undefined || this.#failsByServer()) return { verdict: 'failed' }
    const lost = ends.find(({ verdict }) => verdict === 'lost')
    if (lost) return { verdict: 'lost', reasons: lost.reasons ?? [] }
    const isWhole = exploration.size > 0 || replays.length > 0
    if (isWhole && !this.parts.stop.aborted && !this.#failure) return { verdict: 'passed' }
    const reason = this.#failure?.message ?? (this.parts.stop.aborted ? String(this.parts.stop.reason) : undefined)
    if (reason !== undefined) return { verdict: 'not-run', reasons: [reason] }
    if (ends.some(({ verdict }) => verdict === 'failed')) return { verdict: 'failed' }
    if (ends.some(({ verdict }) => verdict === 'passed' || verdict === 'skipped')) return { verdict: 'skipped' }
    const isLate = performance.now() >= deadline
    return { verdict: 'not-run', reasons: [isLate ? 'the time was over before its turn' : 'it was not explored'] }
  }
}
