import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The number of a lease, as decimal text. Numbers only grow, from the microseconds since the epoch on, and may exceed
 * what a double holds exactly. So they are compared as numbers, but never converted to one.
 */
export type LeaseId = string

/** Sent with every command, and with the upgrade to a BiDi WebSocket. */
export const leaseHeader = 'x-baton-lease'

const leasePattern = /^(?:0|[1-9]\d{0,29})$/

/** What a token allows: one action on one device under one lease. */
export interface TokenScope {
  lease: LeaseId
  device: string
  /** `session` for commands and BiDi, else the name of a control action. */
  action: string
}

export const sessionAction = 'session'
/** The control actions that a worker may request with the token of its session. */
export const workerActions: ReadonlySet<string> = new Set(['network', 'reset'])

/** What proves to a gateway that a lease is genuine: `<lease>.<HMAC-SHA256(farm secret, [action, device, lease]) in hex>`. */
export function leaseToken(farmSecret: string, scope: TokenScope): string {
  return `${scope.lease}.${sign(farmSecret, scope).toString('hex')}`
}

/** @returns the lease of a token that was made with the farm's secret for that device and action; undefined for any other text */
export function readLeaseToken(
  farmSecret: string,
  token: string | undefined,
  scope: Omit<TokenScope, 'lease'>,
): LeaseId | undefined {
  if (token === undefined) return undefined
  const dot = token.indexOf('.')
  const lease = token.slice(0, dot)
  if (dot < 0 || !leasePattern.test(lease)) return undefined
  const expected = sign(farmSecret, { ...scope, lease })
  const received = Buffer.from(token.slice(dot + 1), 'hex')
  return received.length === expected.length && timingSafeEqual(received, expected) ? lease : undefined
}

/** Negative if `a` is older than `b`, 0 if they are the same lease, positive if it is newer. */
export function compareLeases(a: LeaseId, b: LeaseId): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

/** The lease that follows: as a minimum, it refuses this one and all before it. */
export function nextLease(lease: LeaseId): LeaseId {
  return (BigInt(lease) + 1n).toString()
}

function sign(farmSecret: string, { action, device, lease }: TokenScope): Buffer {
  return createHmac('sha256', farmSecret)
    .update(JSON.stringify([action, device, lease]))
    .digest()
}
