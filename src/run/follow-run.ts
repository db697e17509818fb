import { BatonError } from '../error/baton-error.js'
import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import { runStreamKey } from '../lease/protocol/keys.js'
import { repeatEvery } from '../process/repeat.js'
import { followResults } from '../queue/follow-results.js'
import { deliverFile, type FileTargets } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import { moduleEnd } from './module-end.js'
import { RunProgress } from './run-progress.js'
import { runLostReasons } from './keep-run-alive.js'

export interface FollowRunOptions {
  run: string
  farm: FarmConnection
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  fileTargets: FileTargets
  /** Aborted to stop following. */
  stop: AbortSignal
}

/** Milliseconds between checks that the run still exists: a run that is gone sends no more events. */
const checkIntervalMs = 5_000

/**
 * Follows a detached run from its beginning to its last module, or until `stop`.
 * @returns how each module ended, by id
 * @throws BatonError BATON_REDIS if the run disappears before its end
 */
export async function followRun({
  run,
  farm,
  onEvent,
  fileTargets,
  stop,
}: FollowRunOptions): Promise<Map<string, ModuleVerdict>> {
  let progress = new RunProgress([])
  const gone = new AbortController()
  const checkExists = async (): Promise<void> => {
    if (!(await farm.runs.loadDetachedRun(run))) gone.abort()
  }
  const stream = {
    redis: farm.another(),
    prefix: farm.prefix,
    runStream: runStreamKey(farm.prefix, run),
    queues: await farm.runs.queues(run),
    stages: await farm.runs.queuesByStage(run),
    signal: AbortSignal.any([stop, gone.signal]),
  }
  const check = repeatEvery(checkIntervalMs, checkExists)
  try {
    for await (const followed of followResults(stream)) {
      const received = followed.kind === 'event' ? followed.event : moduleEnd(followed.result, followed.at)
      if (received.type === 'run:start') progress = new RunProgress(received.modules.map(({ id }) => id))
      const event = await deliverFile(received, fileTargets, farm.runs.files, run)
      if (!progress.accept(event)) continue
      onEvent(event)
      if (progress.done) return progress.verdicts
    }
  } finally {
    check.stop()
  }
  if (gone.signal.aborted) throw new BatonError('BATON_REDIS', runLostReasons.gone)
  return progress.verdicts
}
