import type { DetachedRun } from '../lease/run-leases.js'
import type { Stage } from '../lease/stage.js'
import type { FarmConnection } from './farm-connection.js'
import { keepRunAlive } from './keep-run-alive.js'
import { notRunEvents } from './unavailable-modules.js'
import type { PlannedModule } from './selection/plan-modules.js'
import { runStartEvent } from './run-start.js'
import { submitRun, type Submission } from './submit-run.js'

/** Milliseconds that a detached run is kept after its end: a day. */
const keepMs = 86_400_000

export interface DetachOptions extends Omit<Submission, 'detached'> {
  farm: FarmConnection
  /** Milliseconds that a half-submitted run is kept if this process dies. */
  ownerTtlMs: number
  /** What a process that follows the run needs. */
  details: DetachedRun
}

/** Submits a run that needs no process: the farm keeps it until a while after its end, so that it can be followed. */
export async function detachRun({ farm, ownerTtlMs, details, ...submission }: DetachOptions): Promise<void> {
  const { run, options } = submission
  await farm.runs.open(run, { ttlMs: ownerTtlMs, waitMs: options.waitTimeoutMs })
  const keepAlive = keepRunAlive({ farm, run, ownerTtlMs })
  try {
    // A command to a Redis that is gone never ends.
    const lost = await Promise.race([submitDetached({ farm, details, ...submission }), keepAlive.lost])
    if (lost) throw lost
  } finally {
    keepAlive.stop()
  }
}

async function submitDetached({ farm, details, ...submission }: Omit<DetachOptions, 'ownerTtlMs'>): Promise<undefined> {
  const { run } = submission
  await farm.runs.saveDetachedRun(run, details)
  const { modules, stages } = withLastStage(submission)
  // No other process adds these events.
  await farm.runs.append(run, [runStartEvent({ ...submission, modules }), ...modules.flatMap(notRunEvents)])
  const queueOf = await submitRun(farm, { ...submission, modules, stages, detached: true })
  await farm.runs.schedule([...new Set(queueOf.values())])
  return undefined
}

/** A stage that waits for all others notices the end of a run that no process watches. */
function withLastStage({ modules, stages }: Pick<Submission, 'modules' | 'stages'>): {
  modules: PlannedModule[]
  stages: Stage[]
} {
  const others = 'all other modules'
  const before = [...stages, { name: others, after: [] }]
  const last = {
    name: 'the end',
    after: before.map(({ name }) => ({ stage: name, when: 'end' as const })),
    keepRunMs: keepMs,
  }
  return { modules: modules.map(module => ({ stage: others, ...module })), stages: [...before, last] }
}
