import { errorMessage } from '../../error/error-text.js'
import type { AttemptVerdict } from '../../event/verdicts.js'
import type { GrantedDevice } from '../../lease/grant.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import { missingVideo } from '../device/artifact-collector.js'
import type { VideoMode } from '../../device/device-entry.js'

/** The videos of one attempt's devices, on whichever hosts: which are kept depends on how the attempt ended. */
export class AttemptVideos {
  readonly #recorded: { role: string; granted: GrantedDevice; mode: VideoMode }[] = []

  constructor(
    private readonly devices: Pick<LeasedDevices, 'keepVideo'>,
    private readonly task: AttemptTask,
    private readonly log: Pick<AttemptLog, 'add'>,
  ) {}

  /** A device is being recorded. */
  add(role: string, granted: GrantedDevice, mode: VideoMode): void {
    this.#recorded.push({ role, granted, mode })
  }

  /**
   * Keeps the videos that are wanted, all at the same time, and adds their events. The others are discarded when their
   * devices are made ready for the next module. Never rejects: the attempt is judged already.
   */
  async keep(verdict: AttemptVerdict): Promise<void> {
    const { grant, attempt } = this.task
    const wanted = this.#recorded.filter(({ mode }) => isWanted(mode, verdict))
    const taken = wanted.map(async ({ role, granted }) => {
      const key = [grant.lease, 'video', role].join('/')
      return this.devices
        .keepVideo(granted, grant.lease, { run: grant.run, key })
        .catch((error: unknown) => [missingVideo(errorMessage(error))])
    })
    const stored = await Promise.all(taken)
    for (const [index, { role, granted }] of wanted.entries()) {
      for (const artifact of stored[index] ?? []) {
        this.log.add({ type: 'artifact', attempt, role, device: granted.device, ...artifact })
      }
    }
  }
}

/** Pure. A failure of infrastructure counts as a failure here; an attempt that was stopped has no result. */
export function isWanted(mode: VideoMode, verdict: AttemptVerdict): boolean {
  if (mode === 'off' || verdict === 'interrupted') return false
  return mode === 'on' || verdict === 'failed' || verdict === 'infrastructure'
}
