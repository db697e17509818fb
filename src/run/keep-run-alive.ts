import { BatonError } from '../error/baton-error.js'
import { AllocationMaintenance } from '../host/allocation/allocation-maintenance.js'
import { repeatEvery } from '../process/repeat.js'
import { QueueClient } from '../queue/queue-client.js'
import type { FarmConnection } from './farm-connection.js'

export interface KeepAliveOptions {
  farm: FarmConnection
  run: string
  /** Milliseconds that the farm keeps the run without a heartbeat; one is sent at each third of it. */
  ownerTtlMs: number
}

export interface RunKeepAlive {
  /** Resolves with the reason if the run can't continue. */
  readonly lost: Promise<BatonError>
  /** Resolves if Redis does not answer: nothing that is sent to it may be waited for. */
  readonly unanswered: Promise<BatonError>
  /** Sends a heartbeat and does the maintenance now. */
  readonly heartbeat: () => Promise<void>
  stop(): void
}

/**
 * Keeps a run alive while hosts execute it: sends heartbeats, and does the maintenance that nobody else would do if no host
 * is left. Leases of dead hosts end, their modules are queued again, and modules that no device can serve are lost in time.
 */
export function keepRunAlive({ farm, run, ownerTtlMs }: KeepAliveOptions): RunKeepAlive {
  const everyMs = ownerTtlMs / 3
  const stalledMs = Math.ceil(everyMs / 4)
  const queues = new QueueClient(farm.redis, { prefix: farm.prefix, name: run, stalledMs })
  const maintenance = new AllocationMaintenance(farm.runs.scripts, queues)
  let reportEnded = (_reason: BatonError): void => {}
  const ended = new Promise<BatonError>(resolve => (reportEnded = resolve))
  let onSilence = (): void => {}
  const silence = new Promise<void>(resolve => (onSilence = resolve))
  let refusal: BatonError | undefined
  const unanswered = silence.then(
    () => refusal ?? new BatonError('BATON_REDIS', `Redis has not answered for ${ownerTtlMs} ms`),
  )
  const watchdog = setTimeout(onSilence, ownerTtlMs)

  const heartbeat = async (): Promise<void> => {
    const { state, unsatisfiable } = await farm.runs.renew(run).catch((error: unknown) => {
      // Reported if it stays like that.
      if (error instanceof BatonError) refusal = error
      throw error
    })
    refusal = undefined
    watchdog.refresh()
    if (state === 'gone' || state === 'lapsed') {
      return reportEnded(new BatonError('BATON_REDIS', runLostReasons[state]))
    }
    for (const { queue, overdue } of unsatisfiable) if (overdue) await maintenance.failUnsatisfiable(queue)
    for (const queue of await farm.runs.schedule())
      if (await maintenance.requeueStalled(queue)) await farm.runs.schedule([queue])
  }
  // If heartbeats keep failing, the watchdog notices.
  const heartbeats = repeatEvery(everyMs, heartbeat)
  return {
    lost: Promise.race([ended, unanswered]),
    unanswered,
    heartbeat: heartbeats.runNow,
    stop() {
      heartbeats.stop()
      clearTimeout(watchdog)
    },
  }
}

export const runLostReasons = {
  gone: 'the run is no longer in Redis: its data was lost or removed',
  lapsed: 'the farm ended the run, because this process sent no heartbeat for too long',
}
