import { setTimeout as delay } from 'node:timers/promises'
import { BatonError, redisError } from '../error/baton-error.js'
import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import type { Stage } from '../lease/stage.js'
import { runStopped } from '../lease/protocol/states.js'
import { runStreamKey } from '../lease/protocol/keys.js'
import { unlessAborted } from '../process/deadline.js'
import { followResults } from '../queue/follow-results.js'
import { deliverFile, type FileTargets } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import type { PlannedModule } from './selection/plan-modules.js'
import type { RunOptions } from './run-options.js'
import { UpdateReader } from './read-update.js'
import { notRunEvents } from './unavailable-modules.js'
import { runStartEvent } from './run-start.js'
import { WaitReporter } from './report-waits.js'
import { RunProgress } from './run-progress.js'
import { ModuleRecovery } from './recover-modules.js'
import { submitAgain, submitRun } from './submit-run.js'
import { keepRunAlive } from './keep-run-alive.js'

export interface ExecuteRunOptions {
  run: string
  farm: FarmConnection
  modules: readonly PlannedModule[]
  /** The order among the modules' stages; default none. */
  stages?: readonly Stage[]
  options: RunOptions
  /** Why the others did not run if `options.bail` stops the run. */
  bailReason?: string
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  fileTargets: FileTargets
  /** Prints a line for people, e.g. about an event that is ignored. */
  warn: (line: string) => void
  /** Aborted to stop the run; its reason is a text. */
  stop: AbortSignal
  /** Resolves when the farm can no longer serve. */
  farmLost: Promise<Error>
  /** Removes the run from Redis. Further calls do nothing. */
  forget: () => Promise<void>
  /** Milliseconds that the run outlives this process on a shared farm. */
  ownerTtlMs: number
}

export interface RunOutcome {
  /** How each module ended, by id. */
  verdicts: Map<string, ModuleVerdict>
  /** Why the farm failed, if that ended the run. */
  farmFailure?: Error
}

/** Deadline for running modules to stop. */
const stopDeadlineMs = 15_000

/** Executes a run from its submission to its last module, and removes it from Redis. */
export async function executeRun(parts: ExecuteRunOptions): Promise<RunOutcome> {
  const { run, farm, modules, ownerTtlMs, stop } = parts
  const progress = new RunProgress(modules.map(module => module.id))
  parts.onEvent(runStartEvent(parts))
  for (const event of modules.flatMap(notRunEvents)) if (progress.accept(event)) parts.onEvent(event)
  const keepAlive = keepRunAlive({ farm, run, ownerTtlMs })
  const lost = Promise.race([parts.farmLost, keepAlive.lost])
  const isLost = new AbortController()
  void lost.then(reason => isLost.abort(reason))
  // A command to a Redis that is gone never ends.
  const noAnswer = Promise.race([parts.farmLost, keepAlive.unanswered])
  let farmFailure: Error | undefined
  const executed = execute(parts, progress, { lost: isLost.signal, heartbeat: keepAlive.heartbeat })
  try {
    farmFailure = await Promise.race([executed, lost])
  } catch (thrown) {
    const error = redisError(thrown)
    if (isRedisFailure(error)) farmFailure = error
    else if (!stop.aborted) throw error
  } finally {
    // What it still sends must not come after the run is removed: nobody would remove that.
    await Promise.race([executed.catch(() => {}), noAnswer])
    const forgotten = parts.forget().catch((thrown: unknown) => {
      const error = redisError(thrown)
      if (!isRedisFailure(error)) throw error
      farmFailure ??= error
    })
    await Promise.race([forgotten, noAnswer]).finally(() => keepAlive.stop())
  }
  const reason = farmFailure?.message ?? (stop.aborted ? String(stop.reason) : 'no result was recorded')
  for (const event of progress.close(Date.now(), reason)) parts.onEvent(event)
  return { verdicts: progress.verdicts, ...(farmFailure && { farmFailure }) }
}

/** Redis refuses what the run needs: what is known is reported. */
function isRedisFailure(error: unknown): error is BatonError {
  return error instanceof BatonError && error.code === 'BATON_REDIS'
}

async function execute(
  parts: ExecuteRunOptions,
  progress: RunProgress,
  { lost, heartbeat }: { lost: AbortSignal; heartbeat: () => Promise<void> },
): Promise<undefined> {
  const { run, farm, modules, options, ownerTtlMs, stop } = parts
  if (progress.done) return undefined
  await farm.runs.open(run, { ttlMs: ownerTtlMs, waitMs: options.waitTimeoutMs })
  const submission = { run, modules, stages: parts.stages ?? [], options, stop: AbortSignal.any([stop, lost]) }
  const queueOf = await submitRun(farm, submission)
  const queues = [...new Set(queueOf.values())]
  // At once, so that modules that no device can serve fail soon. If it fails, the next heartbeat does it.
  const scheduled = farm.runs
    .schedule(queues)
    .then(heartbeat)
    .catch(() => {})
  const lists = new Map(queues.map(queue => [queue, [queue]]))
  const recovery = new ModuleRecovery({
    ...parts,
    progress,
    queuesOf: module => lists.get(queueOf.get(module) ?? ''),
    addAgain: lost => submitAgain(farm, submission, new Set(lost)),
  })
  try {
    await follow(parts, queues, progress, { lost, recovery })
  } finally {
    recovery.stop()
    await scheduled
  }
  return undefined
}

/** Forwards events until every module has ended, or the run is stopped and running modules had time to stop. */
async function follow(
  parts: ExecuteRunOptions,
  queues: string[],
  progress: RunProgress,
  { lost, recovery }: { lost: AbortSignal; recovery: ModuleRecovery },
): Promise<void> {
  const { run, farm, options, stop } = parts
  const over = new AbortController()
  const updates = new UpdateReader(parts.warn)
  let cancelled: string | undefined
  const cancel = (reason: string): void => {
    cancelled = reason
    void farm.runs.cancel(run, reason).catch((error: unknown) => over.abort(error))
    // A host that is stopped or unreachable never answers; then only what is known is reported.
    void delay(stopDeadlineMs, undefined, { signal: over.signal }).then(
      () => over.abort(),
      () => {},
    )
  }
  const onStop = (): void => cancel(String(stop.reason))
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  const onLost = (): void => over.abort()
  if (lost.aborted) onLost()
  else lost.addEventListener('abort', onLost, { once: true })
  const waits = new WaitReporter({ farm, run, queues, onEvent: parts.onEvent, signal: over.signal })
  const onQuiet = async (quietMs: number): Promise<void> => {
    await recovery.check()
    await waits.check(quietMs)
  }
  try {
    const stream = {
      redis: farm.another(),
      prefix: farm.prefix,
      runStream: runStreamKey(farm.prefix, run),
      queues,
      stages: await farm.runs.queuesByStage(run),
      signal: over.signal,
      onQuiet: async (quietMs: number) =>
        cancelled === undefined ? unlessAborted(onQuiet(quietMs), over.signal) : undefined,
    }
    for await (const followed of followResults(stream)) {
      const received = updates.read(followed, progress)
      if (!received) continue
      const explained = cancelled === undefined ? received : withReason(received, cancelled)
      const event = await deliverFile(explained, parts.fileTargets, farm.runs.files, run)
      if (over.signal.aborted) break // Nothing follows the end of the run.
      if (!progress.accept(event)) continue
      parts.onEvent(event)
      if (options.bail && event.type === 'module:end' && event.verdict === 'failed' && !stop.aborted)
        cancel(parts.bailReason ?? 'the run stops at its first failure (--bail)')
      if (progress.done) break
    }
  } finally {
    stop.removeEventListener('abort', onStop)
    over.abort()
    updates.end()
  }
}

/** Hosts know that a run was stopped, but only its owner knows why. */
function withReason(event: RunEvent, cancelled: string): RunEvent {
  if (event.type !== 'module:end' || !event.reasons?.includes(runStopped)) return event
  return { ...event, reasons: event.reasons.map(reason => (reason === runStopped ? cancelled : reason)) }
}
