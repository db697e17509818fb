import { LruMap } from '../../process/lru-map.js'
import { leaseLostCode } from './gateway-close-code.js'
import { CommandNames } from './gateway-command-names.js'
import { leaseStatus, type DeviceClaim } from './gateway-lease-status.js'
import { PendingRequests } from './gateway-pending-requests.js'
import { ProxiedSession, type OpenSession } from './gateway-session.js'
import { compareLeases, nextLease, type LeaseId } from './gateway-token.js'

/** Asks whether a lease holds a device now. */
export type VerifyLease = (device: string, lease: LeaseId) => Promise<boolean>

/** A connection between a client and a session. */
export interface Relay {
  /** Closes both sides. @param code - close code for the client */
  end(code?: number, reason?: string): Promise<void>
}

/** What the gateway knows about one device: its lease, its session and the requests to it. */
export class DeviceSlot {
  readonly claim: DeviceClaim = { minLease: '0' }
  readonly pending = new PendingRequests()
  /** What scripts sent since the last reset. */
  readonly commands = new CommandNames()
  /** Window handle → type of the last dialog that was opened there, as far as BiDi reported it. */
  readonly dialogTypes = new Map<string, string>()
  #session: ProxiedSession | undefined
  readonly #relays = new Map<Relay, LeaseId>()
  readonly #verifications = new Map<LeaseId, Promise<boolean>>()

  constructor(readonly device: string) {}

  get session(): ProxiedSession | undefined {
    return this.#session
  }

  openSession(session: OpenSession): void {
    this.#session = new ProxiedSession(session)
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

  /** From now on the lease that uses the device is refused. */
  revokeCurrent(): void {
    if (this.claim.lease !== undefined) this.revokeBefore(nextLease(this.claim.lease))
  }

  addRelay(relay: Relay, lease: LeaseId): void {
    this.#relays.set(relay, lease)
  }

  removeRelay(relay: Relay): void {
    this.#relays.delete(relay)
  }

  async closeRelays(): Promise<void> {
    await Promise.all([...this.#relays.keys()].map(async relay => relay.end()))
  }
}

const maxEnded = 500

/** The slots of a host's devices, by device and by session. */
export class DeviceSlots {
  readonly #byDevice = new Map<string, DeviceSlot>()
  readonly #bySession = new Map<string, DeviceSlot>()
  /** Device → the session before the open one. */
  readonly #previous = new Map<string, string>()
  /** Sessions that a script has ended, with their devices: the host keeps them open under another id. */
  readonly #ended = new LruMap<string, string>(maxEnded)

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

  /** Whether a script ended that session. */
  isEnded(id: string): boolean {
    return this.#ended.has(id)
  }

  /** For its script, the device's session has ended: it gets another id, and its BiDi connections are closed. */
  async endSession(slot: DeviceSlot): Promise<void> {
    const { session } = slot
    if (!session) return
    const old = session.rename()
    this.#bySession.delete(old)
    this.#bySession.set(session.id, slot)
    this.#ended.set(old, slot.device)
    this.#ended.evict()
    await slot.closeRelays()
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

  revokeAll(): void {
    for (const slot of this.#byDevice.values()) slot.revokeCurrent()
  }

  async closeRelays(): Promise<void> {
    await Promise.all([...this.#byDevice.values()].map(async slot => slot.closeRelays()))
  }
}
