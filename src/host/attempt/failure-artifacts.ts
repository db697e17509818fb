import { withTimeout } from '../../process/deadline.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import type { StoredArtifact } from '../device/artifact-collector.js'

/** A test waits this long at most until every device has been looked at. Milliseconds. */
const explainTimeoutMs = 10_000

/**
 * Takes what explains the failures of one attempt of every device of its module, at the same time, and tells of it in
 * the attempt's events. Never rejects: what cannot be had in time is left out.
 */
export class FailureArtifacts {
  #collections = 0

  constructor(
    private readonly devices: LeasedDevices,
    private readonly task: AttemptTask,
    private readonly log: AttemptLog,
  ) {}

  /** @param title - of the test or hook that failed; absent: the module as a whole */
  async collect(title?: string[]): Promise<void> {
    this.#collections += 1
    const { grant, attempt } = this.task
    const failure = this.#collections
    const roles = Object.entries(grant.devices)
    const found = new Map<string, StoredArtifact[]>()
    const collections = roles.map(async ([role, granted]) => {
      const key = [grant.lease, failure, role].join('/')
      found.set(role, await this.devices.collectArtifacts(granted, grant.lease, { run: grant.run, key }))
    })
    await withTimeout(Promise.allSettled(collections), explainTimeoutMs, () => {})
    for (const [role, { device }] of roles) {
      for (const artifact of found.get(role) ?? []) {
        this.log.add({ type: 'artifact', attempt, role, device, ...artifact, ...(title && { title }) })
      }
    }
  }
}
