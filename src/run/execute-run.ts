import { setTimeout as delay } from 'node:timers/promises'
import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import type { Stage } from '../lease/stage.js'
import { runStopped } from '../lease/run-stopped.js'
import { runStreamKey } from '../lease/run-stream.js'
import { followResults } from '../queue/follow-results.js'
import { deliverArtifact, type SaveArtifact } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import type { PlannedModule } from './selection/plan-modules.js'
import type { RunOptions } from './run-options.js'
import { moduleEnd } from './module-end.js'
import { notRunEvents } from './unavailable-modules.js'
import { runStartEvent } from './run-start.js'
import { RunProgress } from './run-progress.js'
import { submitRun } from './submit-run.js'
import { keepRunAlive } from './keep-run-alive.js'

export interface ExecuteRunOptions {
  run: string
  farm: FarmConnection
  modules: readonly PlannedModule[]
  /** The order among the modules' stages; default none. */
  stages?: readonly Stage[]
  options: RunOptions
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  /** Called before the event that tells of the file. */
  saveArtifact: SaveArtifact
  /** Aborted with a text, the reason, where the run is to stop. */
  stop: AbortSignal
  /** Resolves where the farm can serve no longer. */
  farmLost: Promise<Error>
  /** Takes the run out of Redis; called again, it is the same taking out. */
  forget: () => Promise<void>
  /** Milliseconds that the run outlives this process on a shared farm. */
  ownerTtlMs: number
}

export interface RunOutcome {
  /** How each module ended, by id. */
  verdicts: Map<string, ModuleVerdict>
  /** Why the farm could not go on, where that ended the run. */
  farmFailure?: Error
}

/** How long modules in flight may take to stop. */
const stopDeadlineMs = 15_000

/** Executes a run from its submission to its last module, and leaves nothing of it in Redis. */
export async function executeRun(parts: ExecuteRunOptions): Promise<RunOutcome> {
  const { run, farm, modules, ownerTtlMs, stop } = parts
  const progress = new RunProgress(modules.map(module => module.id))
  parts.onEvent(runStartEvent(parts))
  for (const event of modules.flatMap(notRunEvents)) if (progress.accept(event)) parts.onEvent(event)
  const keepAlive = keepRunAlive({ farm, run, ownerTtlMs })
  const lost = Promise.race([parts.farmLost, keepAlive.lost])
  let farmFailure: Error | undefined
  try {
    // What waits for a Redis that is gone waits for ever.
    farmFailure = await Promise.race([execute(parts, progress, { lost, heartbeat: keepAlive.heartbeat }), lost])
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    await Promise.race([parts.forget(), lost]).finally(() => keepAlive.stop())
  }
  const reason = farmFailure?.message ?? (stop.aborted ? String(stop.reason) : 'no result was recorded')
  for (const event of progress.close(Date.now(), reason)) parts.onEvent(event)
  return { verdicts: progress.verdicts, ...(farmFailure && { farmFailure }) }
}

async function execute(
  parts: ExecuteRunOptions,
  progress: RunProgress,
  { lost, heartbeat }: { lost: Promise<Error>; heartbeat: () => Promise<void> },
): Promise<undefined> {
  const { run, farm, modules, options, ownerTtlMs, stop } = parts
  if (progress.done) return undefined
  await farm.runs.open(run, { ttlMs: ownerTtlMs, waitMs: options.waitTimeoutMs })
  const queues = await submitRun(farm, {
    run,
    modules,
    stages: parts.stages ?? [],
    options,
    stop,
  })
  // Tended at once: what nobody can serve is not worth waiting for. Where this fails, the next round does it.
  void farm.runs
    .schedule(queues)
    .then(heartbeat)
    .catch(() => {})
  await follow(parts, queues, progress, lost)
  return undefined
}

/** Passes on what happens, until every module has ended, or the run is stopped and what was in flight had its time. */
async function follow(
  parts: ExecuteRunOptions,
  queues: string[],
  progress: RunProgress,
  lost: Promise<Error>,
): Promise<void> {
  const { run, farm, options, stop } = parts
  const over = new AbortController()
  let cancelled: string | undefined
  const cancel = (reason: string): void => {
    cancelled = reason
    void farm.runs.cancel(run, reason).catch((error: unknown) => over.abort(error))
    // a host that is stopped or unreachable never answers; what is known is then reported as it is
    void delay(stopDeadlineMs, undefined, { signal: over.signal }).then(
      () => over.abort(),
      () => {},
    )
  }
  const onStop = (): void => cancel(String(stop.reason))
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  void lost.then(() => over.abort())
  try {
    const stream = {
      redis: farm.another(),
      prefix: farm.prefix,
      runStream: runStreamKey(farm.prefix, run),
      queues,
      stages: await farm.runs.queuesByStage(run),
      signal: over.signal,
    }
    for await (const followed of followResults(stream)) {
      const heard = followed.kind === 'event' ? followed.event : moduleEnd(followed.result, followed.at)
      const told = cancelled === undefined ? heard : withReason(heard, cancelled)
      const event = told.type === 'artifact' ? await deliverArtifact(told, farm.runs, run, parts.saveArtifact) : told
      if (over.signal.aborted) break // meanwhile: nothing comes after the run's end
      if (!progress.accept(event)) continue
      parts.onEvent(event)
      if (options.bail && event.type === 'module:end' && event.verdict === 'failed' && !stop.aborted)
        cancel('the run stops at its first failure (--bail)')
      if (progress.done) break
    }
  } finally {
    stop.removeEventListener('abort', onStop)
    over.abort()
  }
}

/** Hosts know that a run was stopped; why, its owner does. */
function withReason(event: RunEvent, cancelled: string): RunEvent {
  if (event.type !== 'module:end' || !event.reasons?.includes(runStopped)) return event
  return { ...event, reasons: event.reasons.map(reason => (reason === runStopped ? cancelled : reason)) }
}
