import type { ModuleVerdict } from '../../event/verdicts.js'
import type { RunOutcome } from '../execute-run.js'
import { runStartEvent } from '../run-start.js'
import { countGangs } from './count-gangs.js'
import { ModuleExplorer, type ExploredModule, type ExploreModules } from './module-explorer.js'

export interface ExploreOutcome extends RunOutcome {
  explored: ExploredModule[]
}

/**
 * Explores modules, or replays a schedule. Each module has runs of its own on the farm, one for each round of jobs, so that
 * a bug in one stops the rest of it, and no other. They are reported as one run.
 */
export async function exploreModules(parts: ExploreModules): Promise<ExploreOutcome> {
  const { modules, request, stop } = parts
  const start = runStartEvent(parts)
  parts.onEvent({ ...start, ...('options' in start && { options: { ...start.options, explore: describe(request) } }) })
  const gangs = Math.max(1, ...modules.map(({ candidates }) => countGangs(candidates)))
  const parallel = Math.min(gangs, request.do === 'explore' ? (request.parallel ?? gangs) : 1)
  const clock = new SharedTime(request.do === 'explore' ? request.totalMs : undefined, parallel, modules.length)
  const verdicts = new Map<string, ModuleVerdict>()
  const waiting = modules.map(module => new ModuleExplorer(parts, module))
  const explorers = [...waiting]
  let farmFailure: Error | undefined
  let active = 0
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      active += 1
      const deadline = clock.deadlineOfNext()
      const shareOf = (): number => Math.ceil(parallel / active)
      const { verdict, failure } = await next.explore({ deadline, shareOf, hasEnded: () => farmFailure !== undefined })
      active -= 1
      farmFailure ??= failure
      verdicts.set(next.module.id, verdict)
    }
  }
  // All of them end before an error is thrown: what they started has to be stopped.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(parallel, modules.length) }, work))
  const broken = ended.find(({ status }) => status === 'rejected')
  if (broken?.status === 'rejected' && !stop.aborted) throw broken.reason
  return { verdicts, explored: explorers.map(explorer => explorer.found), ...(farmFailure && { farmFailure }) }
}

function describe(request: ExploreModules['request']): Record<string, unknown> {
  if (request.do === 'explore') return { ...request }
  const { schedule, ...rest } = request
  const { module, seed, error } = schedule
  return { ...rest, module, seed, signature: error.signature }
}

/** Divides the time among modules: what one does not need is left to those after it. */
class SharedTime {
  readonly #end: number

  constructor(
    totalMs: number | undefined,
    private readonly parallel: number,
    private waiting: number,
  ) {
    this.#end = totalMs === undefined ? Infinity : performance.now() + totalMs
  }

  deadlineOfNext(): number {
    if (this.#end === Infinity) return Infinity
    const now = performance.now()
    const share = Math.min(1, this.parallel / this.waiting)
    this.waiting -= 1
    return now + Math.max(0, this.#end - now) * share
  }
}
