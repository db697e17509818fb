import { setTimeout as delay } from 'node:timers/promises'
import { EVENTS_VERSION, type ModuleVerdict, type RunEvent, type RunEventBody } from '../event/run-event.js'
import { forgetRun } from '../lease/forget-run.js'
import { runStreamKey } from '../lease/run-stream.js'
import { followResults } from '../queue/follow-results.js'
import type { ModuleResult } from '../queue/module-job.js'
import { deliverArtifact, type SaveArtifact } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import type { PlannedModule } from './plan-run.js'
import type { RunOptions } from './run-options.js'
import { RunProgress } from './run-progress.js'
import { submitRun } from './submit-run.js'

export interface RunParts {
  run: string
  farm: FarmConnection
  modules: readonly PlannedModule[]
  options: RunOptions
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  /** Called before the event that tells of the file. */
  saveArtifact: SaveArtifact
  /** Aborted with a text, the reason, where the run is to stop. */
  stop: AbortSignal
  /** Resolves where the farm can serve no longer. */
  farmLost: Promise<Error>
}

/** A run lives this long without a word from its owner. */
const ownerTtlMs = 60_000
/** How long modules in flight may take to stop. */
const stopDeadlineMs = 15_000

/**
 * Executes a run from its submission to its last module, and leaves nothing of it in Redis.
 * @returns how each module ended, by id
 */
export async function executeRun(parts: RunParts): Promise<Map<string, ModuleVerdict>> {
  const { run, farm, modules, options } = parts
  await farm.runs.open(run, { ttlMs: ownerTtlMs, waitMs: options.waitTimeoutMs })
  const renewal = setInterval(() => void farm.runs.renew(run).catch(() => {}), ownerTtlMs / 3)
  try {
    emit(parts, {
      type: 'run:start',
      version: EVENTS_VERSION,
      run,
      modules: modules.map(listing),
      options: { ...options, execution: undefined },
    })
    const queues = await submitRun(farm, run, modules, options)
    const following = follow(parts, queues)
    await farm.runs.pump(queues)
    return await following
  } finally {
    clearInterval(renewal)
    await forgetRun(farm.runs, run)
  }
}

async function follow(parts: RunParts, queues: string[]): Promise<Map<string, ModuleVerdict>> {
  const { run, farm, modules, options, stop, farmLost } = parts
  const progress = new RunProgress(modules.map(module => module.id))
  const over = new AbortController()
  const cancel = (reason: string): void => {
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
  let farmFailure: Error | undefined
  void farmLost.then(error => {
    farmFailure = error
    over.abort()
  })
  try {
    const stream = {
      redis: farm.another(),
      prefix: farm.prefix,
      runStream: runStreamKey(farm.prefix, run),
      queues,
      signal: over.signal,
    }
    for await (const followed of followResults(stream)) {
      const told = followed.kind === 'event' ? followed.event : moduleEnd(followed.result, followed.at)
      const event = told.type === 'artifact' ? await deliverArtifact(told, farm.runs, run, parts.saveArtifact) : told
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
  const reason = farmFailure?.message ?? 'the run was stopped before its end was known'
  for (const event of progress.close(Date.now(), reason)) parts.onEvent(event)
  return progress.verdicts
}

function moduleEnd({ module, verdict, attempts, lease, reasons }: ModuleResult, at: number): RunEvent {
  return {
    type: 'module:end',
    at,
    module,
    verdict,
    attempts,
    ...(lease !== undefined && { lease }),
    ...(reasons && { reasons }),
  }
}

function listing({ id, file, firstRole, roles, expectedMs }: PlannedModule) {
  return { id, file, firstRole, roles, ...(expectedMs !== undefined && { expectedMs }) }
}

function emit(parts: RunParts, body: RunEventBody): void {
  parts.onEvent({ ...body, at: Date.now() })
}
