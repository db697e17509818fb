import { createHash } from 'node:crypto'

/** What makes two sessions the same to a module: a hash over the capabilities, whatever the order of their keys. */
export function sessionIdentity(capabilities: Record<string, unknown>): string {
  return createHash('sha256').update(canonicalJson(capabilities)).digest('hex').slice(0, 16)
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
