import { BatonError } from '../error/baton-error.js'

/**
 * A part of a run that may start only after others. The order is kept by the farm, so it outlives the process that submitted the
 * run. A stage has passed when each of its modules has (flaky and skipped ones included); one without modules passes as soon as it
 * starts, and so joins several stages into one.
 */
export interface Stage {
  /** Unique in the run; shown to people. */
  name: string
  after: readonly StageEdge[]
  /** Milliseconds after its start until the run is cleaned up: for the last stage of a detached run, with which the run is over. */
  keepRunMs?: number
}

export interface StageEdge {
  stage: string
  /** `success`: if that stage does not pass, this one is skipped, and its modules are not run. */
  when: 'success' | 'end'
  /** Why the modules of a skipped stage were not run, for people; default: that the other stage did not pass. */
  reason?: string
}

/** A stage as the farm keeps it. */
export interface LinkedStage {
  name: string
  /** Queues of its modules. */
  needs: readonly string[]
  after: readonly (readonly [stage: string, when: StageEdge['when'], reason: string])[]
  /** Stages to advance when it ends: those that wait for it, unless they also wait for another of these. */
  next: readonly string[]
  keepRunMs?: number
}

/**
 * @param queues - stage → queues of its modules
 * @throws BatonError BATON_INTERNAL if a stage waits for a missing one, or for itself: they would never run
 */
export function linkStages(stages: readonly Stage[], queues: ReadonlyMap<string, ReadonlySet<string>>): LinkedStage[] {
  const next = new Map<string, string[]>(stages.map(stage => [stage.name, []]))
  for (const { name, after } of stages) {
    for (const edge of after) {
      const waiting = next.get(edge.stage)
      if (!waiting)
        throw new BatonError('BATON_INTERNAL', `stage '${name}' waits for '${edge.stage}', which the run does not have`)
      waiting.push(name)
    }
  }
  for (const name of queues.keys()) {
    if (!next.has(name))
      throw new BatonError('BATON_INTERNAL', `modules belong to stage '${name}', which the run does not have`)
  }
  assertNoCycle(stages, next)
  const before = new Map(stages.map(({ name, after }) => [name, new Set(after.map(({ stage }) => stage))]))
  return stages.map(({ name, after, keepRunMs }) => ({
    name,
    needs: [...(queues.get(name) ?? [])],
    after: after.map(
      edge =>
        [
          edge.stage,
          edge.when,
          edge.reason ?? `stage '${edge.stage}' did not pass, and '${name}' needs it to`,
        ] as const,
    ),
    // A stage that waits for all of a long chain is advanced once, not at the end of each link.
    next: (next.get(name) ?? []).filter(
      (waiting, _, all) => !all.some(other => other !== waiting && before.get(waiting)?.has(other)),
    ),
    ...(keepRunMs !== undefined && { keepRunMs }),
  }))
}

function assertNoCycle(stages: readonly Stage[], next: ReadonlyMap<string, readonly string[]>): void {
  const waitsFor = new Map(stages.map(stage => [stage.name, stage.after.length]))
  const byName = new Map(stages.map(stage => [stage.name, stage]))
  const free = stages.filter(stage => stage.after.length === 0)
  for (let stage = free.pop(); stage; stage = free.pop()) {
    waitsFor.delete(stage.name)
    for (const name of next.get(stage.name) ?? []) {
      const left = (waitsFor.get(name) ?? 0) - 1
      waitsFor.set(name, left)
      const later = byName.get(name)
      if (left === 0 && later) free.push(later)
    }
  }
  if (waitsFor.size === 0) return
  throw new BatonError('BATON_INTERNAL', `stages wait for one another: ${[...waitsFor.keys()].join(', ')}`)
}
