import { parseUpstream, type Upstream } from '../appium/appium-upstream.js'
import { CommandNames } from './gateway-command-names.js'
import { leaseStatus, type DeviceClaim } from './gateway-lease-status.js'
import { PendingRequests } from './gateway-pending-requests.js'
import type { BidiRelay } from './gateway-relay-bidi.js'
import { compareLeases, type LeaseId } from './gateway-token.js'
import { WindowTracker } from './gateway-window-tracker.js'

/** A session that its host opened. */
export interface OpenSession {
  id: string
  /** Base URL of the Appium server that runs it. */
  appium: string
  /** As Appium returned them. */
  capabilities: Record<string, unknown>
}

/** The open session of a device, as the gateway needs it. */
export interface ProxiedSession {
  id: string
  upstream: Upstream
  /** Path of the session's BiDi address, with the base path; absent if it has none. */
  bidiPath?: string
  capabilities: Record<string, unknown>
  windows: WindowTracker
}

/** Asks whether a lease holds a device now. */
export type VerifyLease = (device: string, lease: LeaseId) => Promise<boolean>

/** Close code of a BiDi connection whose lease is over; applications may use 4000 to 4999. */
const leaseLostCode = 4001

/** What the gateway knows about one device: its lease, its session and the requests to it. */
export class DeviceSlot {
  readonly claim: DeviceClaim = { minLease: '0' }
  readonly pending = new PendingRequests()
  /** What scripts sent since the last reset. */
  readonly commands = new CommandNames()
  /** Window handle → type of the last dialog that was opened there, as far as BiDi reported it. */
  readonly dialogTypes = new Map<string, string>()
  #session: ProxiedSession | undefined
  readonly #relays = new Map<BidiRelay, LeaseId>()
  readonly #verifications = new Map<LeaseId, Promise<boolean>>()

  constructor(readonly device: string) {}

  get session(): ProxiedSession | undefined {
    return this.#session
  }

  openSession({ id, appium, capabilities }: OpenSession): void {
    const { webSocketUrl } = capabilities
    const bidi = typeof webSocketUrl === 'string' ? { bidiPath: new URL(webSocketUrl).pathname } : {}
    const windows = new WindowTracker()
    this.#session = { id, upstream: parseUpstream(appium), capabilities, windows, ...bidi }
  }

  closeSession(): void {
    this.#session = undefined
    this.dialogTypes.clear()
    this.pending.sessionClosed()
    void this.closeRelays()
  }

  /** Whether the lease may use the device. A lease newer than the known one is verified, once. */
  async admits(lease: LeaseId, verify: VerifyLease): Promise<boolean> {
    const status = leaseStatus(this.claim, lease)
    if (status !== 'unknown') return status === 'current'
    let verification = this.#verifications.get(lease)
    if (!verification) {
      verification = verify(this.device, lease).finally(() => this.#verifications.delete(lease))
      this.#verifications.set(lease, verification)
    }
    // The lease may have been revoked in the meantime.
    if (!(await verification) || leaseStatus(this.claim, lease) === 'expired') return false
    this.grant(lease)
    return true
  }

  /** From now on only this lease may use the device. @returns false if it is already over */
  grant(lease: LeaseId): boolean {
    const { lease: known, minLease } = this.claim
    if (known !== undefined && compareLeases(lease, known) <= 0) return lease === known
    // The lead host of that lease learns a moment later that it is over.
    if (compareLeases(lease, minLease) < 0) return false
    this.revokeBefore(lease)
    this.claim.lease = lease
    return true
  }

  /** From now on leases before this one are refused; their BiDi connections are closed. */
  revokeBefore(minLease: LeaseId): void {
    if (compareLeases(minLease, this.claim.minLease) > 0) this.claim.minLease = minLease
    if (this.claim.lease !== undefined && compareLeases(this.claim.lease, minLease) < 0) this.claim.lease = undefined
    for (const [relay, lease] of this.#relays) {
      if (compareLeases(lease, minLease) < 0) void relay.end(leaseLostCode, 'BATON_LEASE_LOST')
    }
  }

  addRelay(relay: BidiRelay, lease: LeaseId): void {
    this.#relays.set(relay, lease)
  }

  removeRelay(relay: BidiRelay): void {
    this.#relays.delete(relay)
  }

  async closeRelays(): Promise<void> {
    await Promise.all([...this.#relays.keys()].map(async relay => relay.end()))
  }
}

/** The slots of a host's devices, by device and by session. */
export class DeviceSlots {
  readonly #byDevice = new Map<string, DeviceSlot>()
  readonly #bySession = new Map<string, DeviceSlot>()
  /** Device → the session before the open one. */
  readonly #previous = new Map<string, string>()

  /** The slot of a device, made on first use. */
  of(device: string): DeviceSlot {
    let slot = this.#byDevice.get(device)
    if (!slot) this.#byDevice.set(device, (slot = new DeviceSlot(device)))
    return slot
  }

  find(device: string): DeviceSlot | undefined {
    return this.#byDevice.get(device)
  }

  /** The device that has that session, or had it before the open one. */
  ofSession(id: string): DeviceSlot | undefined {
    return this.#bySession.get(id)
  }

  openSession(device: string, session: OpenSession): void {
    this.closeSession(device)
    const slot = this.of(device)
    slot.openSession(session)
    this.#bySession.set(session.id, slot)
  }

  closeSession(device: string): void {
    const slot = this.of(device)
    if (!slot.session) return
    // A session that has just ended stays known: the end is recorded as a fault if a module still uses it.
    const previous = this.#previous.get(device)
    if (previous !== undefined) this.#bySession.delete(previous)
    this.#previous.set(device, slot.session.id)
    slot.closeSession()
  }

  async closeRelays(): Promise<void> {
    await Promise.all([...this.#byDevice.values()].map(async slot => slot.closeRelays()))
  }
}
