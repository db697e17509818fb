import { compareLeases, type Lease } from './gateway-token.js'

/** What the gateway knows of who may drive a device. */
export interface Claim {
  /** The oldest lease that may still pass. */
  fence: Lease
  /** The lease that drives the device now. */
  lease?: Lease | undefined
}

export type Admission = 'admitted' | 'unknown' | 'fenced'

/**
 * Whether a command under a lease may pass to a device. `unknown`: a lease newer than any this gateway was told of (its
 * lead is on another host); whoever keeps the leases must be asked.
 */
export function admission(claim: Claim, lease: Lease): Admission {
  if (compareLeases(lease, claim.fence) < 0) return 'fenced'
  if (claim.lease === undefined) return 'unknown'
  const order = compareLeases(lease, claim.lease)
  if (order === 0) return 'admitted'
  return order < 0 ? 'fenced' : 'unknown'
}
