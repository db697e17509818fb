import { BatonError, BatonErrors } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import type { FarmStatus } from '../../run/warm-farm/control-protocol.js'
import type { ReachedFarm } from '../../run/warm-farm/find-farm.js'
import type { RunSettings } from '../run-settings.js'
import { warn } from '../secrets.js'
import { reachFarm } from './reach-farm.js'

export interface JoinOptions {
  /** The id of the run. */
  run: string
  settings: RunSettings
  /** Aborted if the run is stopped meanwhile. */
  stop: AbortSignal
}

/** A warm farm that a run uses. */
export interface JoinedFarm {
  redisUrl: string
  servers: FarmStatus['servers']
  /** Resolves when the farm has ended. */
  lost: Promise<BatonError>
  leave(): void
}

/** @returns undefined if the run needs a private farm; why is printed if the user could expect otherwise */
export async function joinWarmFarm({ run, settings, stop }: JoinOptions): Promise<JoinedFarm | undefined> {
  const { own, headed, keepWarm } = settings
  if (!own) return undefined
  const requirements = { cwd: process.cwd(), config: own.config, headed, keepWarm, stop }
  for (;;) {
    const reached = await reachFarm(requirements).catch((error: unknown) => {
      // The caller knows its reason, and not what broke because of it.
      stop.throwIfAborted()
      if (error instanceof BatonError || error instanceof BatonErrors) throw error
      // Such as a project on a disk that can't be written to.
      warn(`there can't be a warm farm here: ${errorMessage(error)}; starting a private farm for this run`)
    })
    if (!reached) return undefined
    if (await reached.client.join(run)) return joined(reached)
    // It started to shut down meanwhile.
    reached.client.close()
  }
}

function joined({ record: { redisUrl, pid }, status: { servers }, client }: ReachedFarm): JoinedFarm {
  const lost = client.closed.then(
    () =>
      new BatonError('BATON_HOST_LOST', `the warm farm (process ${pid}) ended`, {
        hint: 'its log is .baton/farm.log; the next run starts another one',
      }),
  )
  return { redisUrl, servers, lost, leave: () => client.close() }
}
