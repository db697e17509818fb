import { compareLeases, type LeaseId } from './gateway-token.js'

/** Who may use a device, as far as the gateway knows. */
export interface DeviceClaim {
  /** The oldest lease that may still be used. */
  minLease: LeaseId
  /** The lease that uses the device now. */
  lease?: LeaseId | undefined
}

export type LeaseStatus = 'current' | 'unknown' | 'expired'

/**
 * Whether a command under a lease may be forwarded to a device. `unknown`: the lease is newer than any that this gateway
 * knows, because another host leads it; Redis must be asked.
 */
export function leaseStatus(claim: DeviceClaim, lease: LeaseId): LeaseStatus {
  if (compareLeases(lease, claim.minLease) < 0) return 'expired'
  if (claim.lease === undefined) return 'unknown'
  const order = compareLeases(lease, claim.lease)
  if (order === 0) return 'current'
  return order < 0 ? 'expired' : 'unknown'
}
