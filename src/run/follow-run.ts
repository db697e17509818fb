import { BatonError } from '../error/baton-error.js'
import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import { runStreamKey } from '../lease/protocol/keys.js'
import { unlessAborted } from '../process/deadline.js'
import { repeatEvery } from '../process/repeat.js'
import { followResults, type RunUpdate } from '../queue/follow-results.js'
import { deliverFile, type FileTargets } from './deliver-artifact.js'
import type { FarmConnection } from './farm-connection.js'
import { UpdateReader } from './read-update.js'
import { ModuleRecovery } from './recover-modules.js'
import { ResultSettler } from './settle-results.js'
import { WaitReporter } from './report-waits.js'
import { RunProgress } from './run-progress.js'
import { runLostReasons } from './keep-run-alive.js'

export interface FollowRunOptions {
  run: string
  farm: FarmConnection
  /** Gets every event of the run, in order. */
  onEvent: (event: RunEvent) => void
  fileTargets: FileTargets
  /** Prints a line for people, e.g. about an event that is ignored. */
  warn: (line: string) => void
  /** Aborted to stop following. */
  stop: AbortSignal
}

/** Milliseconds between checks that the run still exists: a run that is gone sends no more events. */
const checkIntervalMs = 5_000

/**
 * Follows a detached run from its beginning to its last module, or until `stop`.
 * @returns how each module ended, by id
 * @throws BatonError BATON_REDIS if the run disappears before its end, or its stream does not say which modules it has
 */
export async function followRun({
  run,
  farm,
  onEvent,
  fileTargets,
  warn,
  stop,
}: FollowRunOptions): Promise<Map<string, ModuleVerdict>> {
  const updates = new UpdateReader(warn)
  let progress: RunProgress | undefined
  const gone = new AbortController()
  const checkExists = async (): Promise<void> => {
    if (!(await farm.runs.loadDetachedRun(run))) gone.abort()
  }
  const queues = await farm.runs.queues(run)
  let recovery: ModuleRecovery | undefined
  const settler = new ResultSettler(farm.runs, run)
  const redis = farm.another()
  // Without a reply it waits for the next connection, as all commands do.
  redis.on('ready', () => void settler.recordAgain().catch(() => {}))
  const signal = AbortSignal.any([stop, gone.signal])
  const waits = new WaitReporter({ farm, run, queues, onEvent, signal })
  const onQuiet = async (quietMs: number): Promise<void> => {
    if (!progress) return
    await recovery?.check()
    await waits.check(quietMs)
  }
  const stream = {
    redis,
    prefix: farm.prefix,
    runStream: runStreamKey(farm.prefix, run),
    queues,
    stages: await farm.runs.queuesByStage(run),
    signal,
    settle: (updates: RunUpdate[]) => unlessAborted(settler.settle(updates), signal),
    onQuiet: (quietMs: number) => unlessAborted(onQuiet(quietMs), signal),
  }
  const check = repeatEvery(checkIntervalMs, checkExists)
  try {
    for await (const followed of followResults(stream)) {
      if (!progress) {
        const first = beforeStart(followed, updates)
        if (!first) continue
        if (first.type === 'run:start') {
          progress = new RunProgress(first.modules.map(({ id }) => id))
          recovery = new ModuleRecovery({ farm, run, progress, warn, queuesOf: () => queues })
        }
        onEvent(first)
      } else {
        const received = updates.read(followed, progress)
        const event = received && (await deliverFile(received, fileTargets, farm.runs.files, run))
        if (!event || !progress.accept(event)) continue
        onEvent(event)
      }
      if (!progress?.done) continue
      for (const event of await settler.corrections()) {
        progress.correct(event)
        onEvent(event)
      }
      return progress.verdicts
    }
  } finally {
    check.stop()
    recovery?.stop()
    updates.end()
  }
  if (gone.signal.aborted) throw new BatonError('BATON_REDIS', runLostReasons.gone)
  return progress?.verdicts ?? new Map()
}

/** The start of a run lists its modules. Before it, only devices may come and go. */
function beforeStart(update: RunUpdate, updates: UpdateReader): RunEvent | undefined {
  if (update.kind === 'event' && ['run:start', 'device:state'].includes(update.event.type)) return update.event
  if (update.kind === 'invalid' && update.invalid.type !== 'run:start') {
    return updates.read(update, new RunProgress([]))
  }
  const found = update.kind === 'invalid' ? update.invalid.problem : 'events of its modules'
  throw new BatonError('BATON_REDIS', `the run's events in Redis do not begin with its start: ${found}`, {
    hint: 'its results cannot be read, so submit it again. Only Baton may write to the keys of the farm',
  })
}
