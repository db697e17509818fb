import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * A lease's fence: a number that only grows, as canonical decimal text (microseconds since the epoch and up, so beyond
 * what a later, longer-lived Redis may count to in a double). Compared as numbers without ever being parsed to one.
 */
export type LeaseId = string

/** Sent with every command, and with the upgrade to a BiDi WebSocket. */
export const leaseHeader = 'x-baton-lease'

const leasePattern = /^(?:0|[1-9]\d{0,29})$/

/** What a lead sends so that gateways believe its lease: `<lease>.<HMAC-SHA256(farm secret, lease) in hex>`. */
export function leaseToken(farmSecret: string, lease: LeaseId): string {
  return `${lease}.${sign(farmSecret, lease).toString('hex')}`
}

/** The lease of a token that was made with the farm's secret, else undefined. */
export function readLeaseToken(farmSecret: string, token: string | undefined): LeaseId | undefined {
  if (token === undefined) return undefined
  const dot = token.indexOf('.')
  const lease = token.slice(0, dot)
  if (dot < 0 || !leasePattern.test(lease)) return undefined
  const expected = sign(farmSecret, lease)
  const given = Buffer.from(token.slice(dot + 1), 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected) ? lease : undefined
}

/** Negative where `a` is older than `b`, 0 where they are the same lease, positive where it is newer. */
export function compareLeases(a: LeaseId, b: LeaseId): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

/** The lowest fence that refuses this lease and all before it. */
export function nextLease(lease: LeaseId): LeaseId {
  return (BigInt(lease) + 1n).toString()
}

function sign(farmSecret: string, lease: LeaseId): Buffer {
  return createHmac('sha256', farmSecret).update(lease).digest()
}
