import { withTimeout } from '../../process/deadline.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import type { DeviceFault } from './judge-attempt.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import type { StoredArtifact } from '../device/artifact-collector.js'

/** Milliseconds that a failed test waits at most for the artifacts of all devices. */
const collectTimeoutMs = 10_000

/**
 * Collects artifacts of all devices of an attempt at the same time when something failed, and adds their events. Never
 * rejects: what is not there in time is left out.
 */
export class FailureArtifacts {
  #failures = 0
  #deviceFaults: DeviceFault[] = []

  constructor(
    private readonly devices: LeasedDevices,
    private readonly task: AttemptTask,
    private readonly log: AttemptLog,
  ) {}

  /** Faults of devices that were found next to failures, oldest first. */
  get deviceFaults(): readonly DeviceFault[] {
    return this.#deviceFaults
  }

  /** @param title - of the test or hook that failed; absent: the module as a whole */
  async collect(title?: string[]): Promise<void> {
    this.#failures += 1
    const { grant, attempt } = this.task
    const failure = this.#failures
    const roles = Object.entries(grant.devices)
    const found = new Map<string, StoredArtifact[]>()
    const collections = roles.map(async ([role, granted]) => {
      const key = [grant.lease, failure, role].join('/')
      found.set(role, await this.devices.collectArtifacts(granted, grant.lease, { run: grant.run, key }))
    })
    await withTimeout(Promise.allSettled(collections), collectTimeoutMs, () => {})
    for (const [role, { device }] of roles) {
      for (const { deviceFault, ...artifact } of found.get(role) ?? []) {
        if (deviceFault) this.#deviceFaults.push({ device, message: artifact.summary ?? artifact.name })
        this.log.add({ type: 'artifact', attempt, role, device, ...artifact, ...(title && { title }) })
      }
    }
  }
}
