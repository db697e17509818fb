import { errorMessage } from '../../error/error-text.js'
import type { AttemptVerdict } from '../../event/verdicts.js'
import type { GrantedDevice } from '../../lease/grant.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import { missingVideo } from '../device/artifact-collector.js'
import type { VideoMode } from '../../device/device-entry.js'

/** The films of one attempt's devices, wherever these are: which are wanted once it is known how the attempt ended. */
export class AttemptVideos {
  readonly #recorded: { role: string; granted: GrantedDevice; mode: VideoMode }[] = []

  constructor(
    private readonly devices: Pick<LeasedDevices, 'keepVideo'>,
    private readonly task: AttemptTask,
    private readonly log: Pick<AttemptLog, 'add'>,
  ) {}

  /** A device is being filmed. */
  add(role: string, granted: GrantedDevice, mode: VideoMode): void {
    this.#recorded.push({ role, granted, mode })
  }

  /**
   * Has those that are wanted kept, all at the same time, and tells of them; the others go with what their devices do next.
   * Never rejects: what became of the module is known already.
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

/** Pure. An attempt that infrastructure broke off has failed as far as its film goes; one that was stopped has no result. */
export function isWanted(mode: VideoMode, verdict: AttemptVerdict): boolean {
  if (mode === 'off' || verdict === 'interrupted') return false
  return mode === 'on' || verdict === 'failed' || verdict === 'infrastructure'
}
