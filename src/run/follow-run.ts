import { BatonError } from '../error/baton-error.js'
import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import { runStreamKey } from '../lease/run-stream.js'
import { repeatEvery } from '../process/repeat.js'
import { followResults } from '../queue/follow-results.js'
import { deliverArtifact, type SaveArtifact } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import { moduleEnd } from './module-end.js'
import { RunProgress } from './run-progress.js'
import { runLostReasons } from './keep-run-alive.js'

export interface FollowRunOptions {
  run: string
  farm: FarmConnection
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  /** Called before the event that tells of the file. */
  saveArtifact: SaveArtifact
  /** Aborted where the run is no longer to be followed. */
  stop: AbortSignal
}

/** Milliseconds: of a run that is gone nothing more is heard, so it is looked for. */
const checkIntervalMs = 5_000

/**
 * Follows a detached run from its beginning to its last module, or until `stop`.
 * @returns how each module ended, by id
 * @throws BatonError BATON_REDIS where the run is gone before its end
 */
export async function followRun({
  run,
  farm,
  onEvent,
  saveArtifact,
  stop,
}: FollowRunOptions): Promise<Map<string, ModuleVerdict>> {
  let progress = new RunProgress([])
  const gone = new AbortController()
  const look = async (): Promise<void> => {
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
  const check = repeatEvery(checkIntervalMs, look)
  try {
    for await (const followed of followResults(stream)) {
      const told = followed.kind === 'event' ? followed.event : moduleEnd(followed.result, followed.at)
      if (told.type === 'run:start') progress = new RunProgress(told.modules.map(({ id }) => id))
      const event = told.type === 'artifact' ? await deliverArtifact(told, farm.runs, run, saveArtifact) : told
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
