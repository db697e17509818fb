import type { Redis } from 'ioredis'
import type { FarmSecret } from '../../lease/farm-secret.js'
import type { DeviceToCheck, HostDevice } from '../../lease/host-leases.js'
import type { CheckVerdict } from './allocation-checks.js'
import type { RunAttempt } from '../attempt/attempt.js'
import type { HostConfirmation } from './host-confirmation.js'

/** What a host brings into the allocation. */
export interface AllocationLoopOptions {
  runAttempt: RunAttempt
  /** Opens a connection; called twice. ioredis must have `maxRetriesPerRequest: null`. */
  redis: () => Redis
  /** One hash tag, the same for the whole farm; default `{baton}`. */
  prefix?: string
  /** The host's name, unique in the farm. */
  host: string
  /** Where other hosts reach this one's gateway. */
  gatewayUrl: string
  /** Its version of Baton, for people. */
  version?: string
  /** Where it runs, and whether its gateway is reached from there only; absent: not checked against other hosts. */
  location?: { machine: string; isLocalOnly: boolean }
  devices: readonly HostDevice[]
  /** Adopts the farm's secret each time that the host joins. */
  farmSecret: FarmSecret
  /** Milliseconds after which a silent host loses its leases and devices; default 10,000. Renewed at a third of it. */
  ttlMs?: number
  /**
   * Makes a device ready for its next module: nothing of a lease below `lease` may reach it from here on.
   * A rejection takes the device offline, with its message as the reason.
   */
  check(asked: DeviceToCheck): Promise<CheckVerdict>
  /** Kept up to date: until when the farm has confirmed this host. */
  confirmation?: HostConfirmation
  /** The leases that this host leads, and those of its devices, are over. */
  onLeasesLost?(): void
  /** A newer process serves the host's name: this one has left. */
  onReplaced(): void
  /** Somebody wants the host to take no new modules, and to stop when those in flight have ended. */
  onDrain?(): void
  /** Called with an error that belongs to no module; the loop continues. */
  onError(error: unknown): void
  /** Tests: writes every grant and end of a lease to an audit stream. */
  audit?: boolean
}
