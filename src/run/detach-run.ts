import type { DetachedRun } from '../lease/run-leases.js'
import type { Stage } from '../lease/stage.js'
import type { FarmConnection } from './farm-connection.js'
import { notRunEvents } from './unavailable-modules.js'
import type { PlannedModule } from './selection/plan-modules.js'
import { runStartEvent } from './run-start.js'
import { submitRun, type Submission } from './submit-run.js'

/** Milliseconds that a detached run can be read once it is over: a day. */
const keepMs = 86_400_000

export interface DetachOptions extends Omit<Submission, 'detached'> {
  farm: FarmConnection
  /** Milliseconds that what is submitted so far outlives this process, where that dies before all is. */
  ownerTtlMs: number
  /** What whoever follows the run has to know. */
  details: DetachedRun
}

/** Submits a run and lets go of it: the farm keeps it until it is over, and a while longer for those who follow it. */
export async function detachRun({ farm, ownerTtlMs, details, ...submission }: DetachOptions): Promise<void> {
  const { run, options } = submission
  await farm.runs.open(run, { ttlMs: ownerTtlMs, waitMs: options.waitTimeoutMs })
  await farm.runs.saveDetachedRun(run, details)
  const { modules, stages } = withLastStage(submission)
  // Nobody else will tell what was asked for.
  await farm.runs.append(run, [runStartEvent({ ...submission, modules }), ...modules.flatMap(notRunEvents)])
  const queues = await submitRun(farm, { ...submission, modules, stages, detached: true })
  await farm.runs.schedule(queues)
}

/** Something has to notice that a run is over which nobody watches: a stage that waits for all others. */
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
