import { errorMessage } from '../../error/error-text.js'
import type { Grant } from '../../lease/grant.js'
import type { DeviceToCheck, HostDevice } from '../../lease/host-leases.js'
import type { ScheduleReply } from '../../lease/protocol/replies.js'
import { AllocationChecks, devicesToCheck, type CheckVerdict } from './allocation-checks.js'
import type { AllocationLoopOptions } from './allocation-options.js'
import type { HostMembership } from './host-membership.js'

/** From its start on, a host is one of the farm's until it leaves; while it drains, it takes no new modules. */
export type HostState = 'new' | 'joined' | 'draining' | 'left'

/** What the allocation loop does for its devices. */
export interface DevicesFarm {
  membership(): HostMembership
  state(): HostState
  /** Settles when the host has joined, or can't; absent before its start. */
  starting(): Promise<void> | undefined
  /** Acts on what a script replied. */
  handle(reply: ScheduleReply): void
  report(error: unknown): void
}

/** The devices that a host brings into the allocation: registers them, has them checked, and offers them to the farm. */
export class AllocatedDevices {
  readonly #byName: Map<string, HostDevice>
  readonly #checks = new AllocationChecks((asked, isSuperseded) => this.#check(asked, isSuperseded))

  constructor(
    devices: readonly HostDevice[],
    private readonly check: AllocationLoopOptions['check'],
    private readonly farm: DevicesFarm,
  ) {
    this.#byName = new Map(devices.map(device => [device.name, device]))
  }

  get byName(): ReadonlyMap<string, HostDevice> {
    return this.#byName
  }

  /**
   * Brings one more device into the farm, or one whose labels have changed; it is checked and then offered. Before the
   * start it is only remembered; while the host joins, it waits until the host has.
   * @throws BatonError BATON_DEVICE_TAKEN if another live host serves it
   */
  async register(device: HostDevice): Promise<void> {
    const starting = this.farm.starting()
    if (!starting) return void this.#byName.set(device.name, device)
    // `start` itself rejects if the host cannot join.
    await starting.catch(() => {})
    if (this.farm.state() !== 'joined') return
    const checking = await this.farm.membership().leases.registerDevices([device])
    // If the farm had given this host up, it joins again with all its devices.
    this.#byName.set(device.name, device)
    for (const asked of checking ?? []) this.requestCheck(asked)
    await this.farm.membership().heartbeat()
  }

  /** Whether the farm has it with the labels that it has now. */
  isRegistered({ name, labels }: HostDevice): boolean {
    return this.#byName.get(name)?.labels.join() === labels.join()
  }

  /** To be called when a device was unplugged, came back or is given up. `checking` leads to a health check. */
  async setState(device: string, state: 'checking' | 'offline' | 'quarantined', reason: string): Promise<void> {
    // Joining leads to a check of every device.
    if (this.farm.state() === 'new') return
    const reply = await this.farm.membership().leases.setDeviceState(device, state, reason)
    if (reply.lease !== undefined) this.requestCheck({ device, lease: reply.lease, reason })
    this.farm.handle(reply)
  }

  requestCheck(asked: DeviceToCheck): void {
    this.#checks.request(asked)
  }

  /** After a lease of this host was released. @param clean - its devices that are ready as they are */
  checkReleased(grant: Grant, clean: readonly string[]): void {
    for (const device of devicesToCheck(grant, clean)) this.requestCheck(device)
  }

  async checked(): Promise<void> {
    await this.#checks.settled()
  }

  async #check(asked: DeviceToCheck, isSuperseded: () => boolean): Promise<void> {
    const failed = (error: unknown): CheckVerdict => ({ state: 'offline', reason: errorMessage(error) })
    const verdict = await this.check(asked).catch(failed)
    if (this.farm.state() === 'left' || isSuperseded()) return
    const membership = this.farm.membership()
    try {
      if (verdict.state === 'idle') return await this.#offer(asked)
      this.farm.handle(await membership.leases.setDeviceState(asked.device, verdict.state, verdict.reason))
      // The heartbeat ends what can no longer be served: at once, as this device may be the reason.
      await membership.heartbeat()
    } catch (error) {
      this.farm.report(error)
    }
  }

  async #offer({ device, lease }: DeviceToCheck): Promise<void> {
    const reply = await this.farm.membership().leases.offerDevice(device, lease)
    this.farm.handle(reply)
    if (reply.offered || this.farm.state() !== 'joined') return
    // It left during its last lease, or another check is requested.
    await this.setState(device, 'checking', 'it passed a check, but its state had changed')
  }
}
