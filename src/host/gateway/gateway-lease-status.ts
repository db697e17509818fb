import { compareLeases, type LeaseId } from './gateway-token.js'

/** What the gateway knows of who may drive a device. */
export interface DeviceClaim {
  /** The oldest lease that may still pass. */
  minLease: LeaseId
  /** The lease that drives the device now. */
  lease?: LeaseId | undefined
}

export type LeaseStatus = 'current' | 'unknown' | 'expired'

/**
 * Whether a command under a lease may pass to a device. `unknown`: a lease newer than any this gateway was told of (its
 * lead is on another host); whoever keeps the leases must be asked.
 */
export function leaseStatus(claim: DeviceClaim, lease: LeaseId): LeaseStatus {
  if (compareLeases(lease, claim.minLease) < 0) return 'expired'
  if (claim.lease === undefined) return 'unknown'
  const order = compareLeases(lease, claim.lease)
  if (order === 0) return 'current'
  return order < 0 ? 'expired' : 'unknown'
}
