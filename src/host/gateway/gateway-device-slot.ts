import type { Upstream } from '../appium/appium-upstream.js'
import { leaseStatus, type DeviceClaim } from './gateway-lease-status.js'
import { PendingRequests } from './gateway-pending-requests.js'
import type { BidiRelay } from './gateway-relay-bidi.js'
import { compareLeases, type LeaseId } from './gateway-token.js'
import type { WindowTracker } from './gateway-window-tracker.js'

/** The open session of a device, as the gateway needs to know it. */
export interface ProxiedSession {
  id: string
  upstream: Upstream
  /** Path of the session's own BiDi address, base path included; absent: it has none. */
  bidiPath?: string
  /** As the server returned them. */
  capabilities: Record<string, unknown>
  windows: WindowTracker
}

/** Close code of a BiDi connection whose lease is over; 4000 and up are an application's own. */
const leaseLostCode = 4001

/** What the gateway keeps for one device. */
export class DeviceSlot {
  readonly claim: DeviceClaim = { minLease: '0' }
  readonly pending = new PendingRequests()
  readonly visitedOrigins = new Set<string>()
  session: ProxiedSession | undefined
  /** The id of the session before. */
  endedSession: string | undefined
  readonly #relays = new Map<BidiRelay, LeaseId>()
  readonly #verifications = new Map<LeaseId, Promise<boolean>>()

  constructor(readonly device: string) {}

  /**
   * Whether the lease may drive the device; asks about a newer lease than the known one, once.
   * @param verify - whoever keeps the leases
   */
  async admits(lease: LeaseId, verify: (device: string, lease: LeaseId) => Promise<boolean>): Promise<boolean> {
    const now = leaseStatus(this.claim, lease)
    if (now !== 'unknown') return now === 'current'
    let asked = this.#verifications.get(lease)
    if (!asked) {
      asked = verify(this.device, lease).finally(() => this.#verifications.delete(lease))
      this.#verifications.set(lease, asked)
    }
    // The fence may have been raised in the meantime: it has the last word.
    if (!(await asked) || leaseStatus(this.claim, lease) === 'expired') return false
    this.grant(lease)
    return true
  }

  /** From here on this lease, and none before it, drives the device. @returns false where it is over already */
  grant(lease: LeaseId): boolean {
    const { lease: known, minLease: fence } = this.claim
    if (known !== undefined && compareLeases(lease, known) <= 0) return lease === known
    // Its lead learns a moment later that the lease is over.
    if (compareLeases(lease, fence) < 0) return false
    this.revokeBefore(lease)
    this.claim.lease = lease
    return true
  }

  revokeBefore(fence: LeaseId): void {
    if (compareLeases(fence, this.claim.minLease) > 0) this.claim.minLease = fence
    if (this.claim.lease !== undefined && compareLeases(this.claim.lease, fence) < 0) this.claim.lease = undefined
    for (const [relay, lease] of this.#relays) {
      if (compareLeases(lease, fence) < 0) void relay.end(leaseLostCode, 'BATON_LEASE_LOST')
    }
  }

  addRelay(relay: BidiRelay, lease: LeaseId): void {
    this.#relays.set(relay, lease)
  }

  removeRelay(relay: BidiRelay): void {
    this.#relays.delete(relay)
  }

  async endRelays(): Promise<void> {
    await Promise.all([...this.#relays.keys()].map(async relay => relay.end()))
  }
}
