import type { ModuleEvent } from '../../event/run-event.js'
import type { ExploreTask } from '../../explore/explore-task.js'
import { holdsOf } from '../../explore/holds.js'
import type { Iteration } from '../../explore/iteration.js'
import { minimise } from '../../explore/minimise.js'
import type { Strategy } from '../../explore/operation.js'
import type { Hold, Schedule } from '../../explore/schedule.js'
import { createStrategy } from '../../explore/strategies/create-strategy.js'
import { Enumeration } from '../../explore/strategies/enumeration.js'
import { replayHolds } from '../../explore/strategies/replay-holds.js'
import { replayTrace } from '../../explore/strategies/replay-trace.js'
import { formatStrategy, parseStrategy, strategyOfSeed } from '../../explore/strategies/strategy-spec.js'
import type { WorkerReport } from '../worker-messages.js'
import type { ExploredIteration } from './explored-iteration.js'
import { realNow } from '../real-time.js'

type Task<Do extends ExploreTask['do']> = Extract<ExploreTask, { do: Do }>

/** What distinguishes one iteration from another. */
export interface IterationPlan {
  purpose: Iteration['purpose']
  seed: number
  /** Its name. */
  strategy: string
  choose: Strategy
  maxDecisions?: number
  slowMs?: number
}

/** Runs the module's tests once under a scheduler. */
export type RunIteration = (plan: IterationPlan) => Promise<ExploredIteration>

/** How often minimised holds are confirmed. */
const confirmations = 10
/** The same for natural order. */
const naturalConfirmations = 3
/** How often a trace is tried before minimising gives up. */
const traceTries = 3

type Facts = (done: ExploredIteration) => Partial<Iteration>

/** Which strategy each iteration of a task has. */
interface Choices {
  /** Undefined: there is nothing left to try. */
  next(seed: number): { strategy: string; choose: Strategy } | undefined
  facts: Facts
  see?(done: ExploredIteration): void
}

/** Explores a module: what its task says, in iterations. */
export class ExploreModule {
  #passed = 0
  #failed = 0

  constructor(
    private readonly runIteration: RunIteration,
    private readonly emit: (event: ModuleEvent) => void,
  ) {}

  /** @throws what keeps an iteration from a result, such as a lost device */
  async run(task: ExploreTask): Promise<WorkerReport> {
    if (task.do === 'explore') await this.#explore(task)
    if (task.do === 'replay') await this.#replay(task)
    if (task.do === 'minimise') await this.#minimise(task)
    const counts = { passed: this.#passed, failed: this.#failed, pending: 0 }
    return { verdict: this.#failed > 0 ? 'failed' : 'passed', started: true, counts }
  }

  async #explore(task: Task<'explore'>): Promise<void> {
    const { firstSeed, iterations, budgetMs, untilBug, maxDecisions } = task
    const startedAt = realNow()
    const isSearch = parseStrategy(task.strategy).name === 'enumerate'
    const choices = isSearch ? allOrders() : seededOrders(task)
    for (let seed = firstSeed; seed < firstSeed + iterations; seed++) {
      if (realNow() - startedAt > budgetMs) return
      const next = choices.next(seed)
      if (!next) return
      const { strategy, choose } = next
      const done = await this.#iterate({ purpose: 'explore', seed, strategy, choose, maxDecisions }, choices.facts)
      choices.see?.(done)
      if (!done.iteration.hadBranches || (untilBug && done.failure)) return
    }
  }

  async #replay({ schedule, times, slowMs }: Task<'replay'>): Promise<void> {
    for (let count = 0; count < times; count++) await this.#repeat('replay', schedule, slowMs)
  }

  /** By its holds, if it has them. */
  async #repeat(purpose: Iteration['purpose'], schedule: Schedule, slowMs = 0): Promise<ExploredIteration> {
    const { seed, strategy, holds } = schedule
    if (holds) return this.#iterate({ purpose, seed, strategy, choose: replayHolds(holds), slowMs })
    const choose = replayTrace(schedule)
    return this.#iterate({ purpose, seed, strategy, choose, slowMs }, () => {
      const diverged = choose.divergence()
      return diverged ? { diverged } : {}
    })
  }

  async #minimise({ schedule, maxTries }: Task<'minimise'>): Promise<void> {
    const { seed, strategy, error } = schedule
    const again = (holds: readonly Hold[]): Promise<ExploredIteration> =>
      this.#iterate({ purpose: 'minimise', seed, strategy, choose: replayHolds(holds) })
    const isSame = ({ failure }: ExploredIteration): boolean => failure?.signature === error.signature
    if (strategy === 'natural' && (await this.#failsAlways(schedule, isSame))) return
    let found: ExploredIteration | undefined
    for (let count = 0; count < traceTries && !found; count++) {
      const replayed = await this.#repeat('minimise', schedule)
      if (isSame(replayed)) found = replayed
    }
    const holds = holdsOf(found?.steps ?? [])
    const result = found
      ? await minimise(holds, async tried => isSame(await again(tried)), maxTries)
      : { holds: [], tries: 0, reproduced: false }
    const minimised = result.reproduced ? { ...schedule, holds: result.holds } : schedule
    let reproduced = 0
    for (let count = 0; count < confirmations && result.reproduced; count++) {
      if (isSame(await this.#repeat('confirm', minimised))) reproduced += 1
    }
    const repetitions = result.reproduced ? confirmations : 0
    this.emit({
      type: 'explore:minimised',
      minimised: { schedule: minimised, tries: result.tries, reproduced, repetitions },
    })
  }

  /** Whether a module that has failed in natural order always does: then there is nothing to minimise. */
  async #failsAlways(found: Schedule, isSame: (done: ExploredIteration) => boolean): Promise<boolean> {
    const schedule = { ...found, holds: [] }
    for (let count = 0; count < naturalConfirmations; count++) {
      if (!isSame(await this.#repeat('confirm', schedule))) return false
    }
    const [reproduced, repetitions] = [naturalConfirmations, naturalConfirmations]
    this.emit({ type: 'explore:minimised', minimised: { schedule, tries: 0, reproduced, repetitions } })
    return true
  }

  /** @param facts - what else is reported, once the iteration has ended */
  async #iterate(plan: IterationPlan, facts?: Facts): Promise<ExploredIteration> {
    const done = await this.runIteration(plan)
    this.emit({ type: 'explore:iteration', iteration: { ...done.iteration, ...facts?.(done) } })
    if (done.failure) this.#failed += 1
    else this.#passed += 1
    return done
  }
}

/**
 * The first seed shows the size of the module, unless the task says it: it runs in natural order, whatever the strategy is.
 */
function seededOrders({ strategy, firstSeed, explorationSeed = firstSeed, profile }: Task<'explore'>): Choices {
  let size = profile
  return {
    next(seed) {
      const text = size ? strategy : 'natural'
      const context = { seed, firstSeed: explorationSeed, ...(size && { profile: size }) }
      const spec = strategyOfSeed(parseStrategy(text), seed, explorationSeed)
      return { strategy: formatStrategy(spec), choose: createStrategy(text, context) }
    },
    facts: done => (size ? {} : { profile: done.profile }),
    see(done) {
      size ??= done.profile
    },
  }
}

function allOrders(): Choices {
  const enumeration = new Enumeration()
  return {
    next() {
      const choose = enumeration.next()
      return choose && { strategy: 'enumerate', choose }
    },
    facts: () => ({ enumerated: { left: enumeration.left, points: enumeration.points } }),
  }
}
