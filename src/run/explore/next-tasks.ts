import { isReproduced, type Exploration } from '../../explore/exploration.js'
import type { ExploreTask } from '../../explore/explore-task.js'
import { isSmall, ordersOf } from '../../explore/profile.js'
import type { ExploreRequest } from './explore-request.js'

/** Milliseconds that one job explores: short enough that several gangs of devices share a module. */
const jobMs = 30_000
/** Iterations of one job. */
const maxIterations = 60
/** Orders that one search tries. */
const maxSearch = 100_000
/** Milliseconds: longer than anybody waits. */
const unlimitedMs = 86_400_000
/** Iterations of the first job, which shows whether there is anything to explore, and how much. */
const firstIterations = 1
/** Executions of a module to find the fewest holds of a bug. */
const maxTries = 30

export interface ExploreProgress {
  request: Omit<ExploreRequest, 'do'>
  exploration: Exploration
  /** Jobs that may run at the same time. */
  parallel: number
  /** Milliseconds until the module's time is up. */
  leftMs: number
  /** The strategy has nothing left to try. */
  exhausted: boolean
}

/**
 * Decides what a module's next jobs explore. Seeds that an earlier job had no time for come first, so that the same request
 * explores the same seeds, however many gangs of devices share them. Pure.
 * @returns none if the module has been explored
 */
export function nextTasks(progress: ExploreProgress): ExploreTask[] {
  const { request, exploration, leftMs, exhausted } = progress
  const isOver = exhausted || leftMs <= 0 || !exploration.hasBranches || (request.untilBug && exploration.bugs.size > 0)
  if (isOver) return []
  const { maxDecisions, untilBug } = request
  const { profile } = exploration
  const strategy = strategyOf(progress)
  const isSearch = strategy === 'enumerate'
  return seedRanges(progress, isSearch).map(({ firstSeed, iterations }) => ({
    do: 'explore',
    strategy,
    firstSeed,
    iterations,
    explorationSeed: request.seed,
    ...(profile && { profile }),
    budgetMs: Math.ceil(Math.min(isSearch ? unlimitedMs : jobMs, leftMs)),
    maxDecisions,
    untilBug,
  }))
}

/** `mix` tries all orders one after another, if there are iterations and time for all of them. */
function strategyOf({ request, exploration, leftMs }: ExploreProgress): string {
  const { profile, iterations } = exploration
  if (request.strategy !== 'mix' || !profile || !isSmall(profile)) return request.strategy
  const orders = ordersOf(profile)
  const averageMs = iterations.reduce((sum, { durationMs }) => sum + durationMs, 0) / iterations.length
  const isPossible = orders <= leftIterations(request, exploration) && orders * averageMs <= leftMs
  return isPossible ? 'enumerate' : request.strategy
}

function leftIterations({ iterations = Infinity }: ExploreProgress['request'], { size }: Exploration): number {
  return iterations - size
}

/**
 * The next minimise jobs: one for each bug that has no fewest holds yet, or whose schedule did not fail again, if it was found
 * with another one, too.
 */
export function minimiseTasks(exploration: Exploration): Extract<ExploreTask, { do: 'minimise' }>[] {
  return [...exploration.bugs.values()].flatMap(({ schedule, minimised, others }) => {
    const next = !minimised ? schedule : isReproduced(minimised) ? undefined : others[0]
    return next ? [{ do: 'minimise', schedule: next, maxTries }] : []
  })
}

interface SeedRange {
  firstSeed: number
  iterations: number
}

/** @param isSearch - trying all orders one after another needs what came before, which only one job knows */
function seedRanges({ request, exploration, parallel }: ExploreProgress, isSearch: boolean): SeedRange[] {
  const end = request.seed + (request.iterations ?? Number.MAX_SAFE_INTEGER - request.seed)
  const isFirst = exploration.size === 0
  const jobs = isFirst || isSearch ? 1 : parallel
  const share = Math.ceil(leftIterations(request, exploration) / jobs)
  const size = Math.min(share, isSearch ? maxSearch : isFirst ? firstIterations : maxIterations)
  const ranges: SeedRange[] = []
  for (let seed = request.seed; seed < end && ranges.length < jobs;) {
    let iterations = 0
    while (iterations < size && seed + iterations < end && !exploration.has(seed + iterations)) iterations += 1
    if (iterations > 0) ranges.push({ firstSeed: seed, iterations })
    seed += Math.max(1, iterations)
  }
  return ranges
}
