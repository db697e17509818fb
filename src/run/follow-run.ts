import type { ModuleVerdict, RunEvent } from '../event/run-event.js'
import { runStreamKey } from '../lease/run-stream.js'
import { followResults } from '../queue/follow-results.js'
import { deliverArtifact, type SaveArtifact } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import { moduleEnd } from './module-end.js'
import { RunProgress } from './run-progress.js'

export interface FollowedRun {
  run: string
  farm: FarmConnection
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  /** Called before the event that tells of the file. */
  saveArtifact: SaveArtifact
  /** Aborted where the run is no longer to be followed. */
  stop: AbortSignal
}

/**
 * Follows a detached run from its beginning to its last module, or until `stop`.
 * @returns how each module ended, by id
 */
export async function followRun({
  run,
  farm,
  onEvent,
  saveArtifact,
  stop,
}: FollowedRun): Promise<Map<string, ModuleVerdict>> {
  let progress = new RunProgress([])
  const stream = {
    redis: farm.another(),
    prefix: farm.prefix,
    runStream: runStreamKey(farm.prefix, run),
    queues: await farm.runs.queues(run),
    stages: await farm.runs.queuesByStage(run),
    signal: stop,
  }
  for await (const followed of followResults(stream)) {
    const told = followed.kind === 'event' ? followed.event : moduleEnd(followed.result, followed.at)
    if (told.type === 'run:start') progress = new RunProgress(told.modules.map(({ id }) => id))
    const event = told.type === 'artifact' ? await deliverArtifact(told, farm.runs, run, saveArtifact) : told
    if (!progress.accept(event)) continue
    onEvent(event)
    if (progress.done) break
  }
  return progress.verdicts
}
