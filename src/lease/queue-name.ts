import { createHash } from 'node:crypto'
import type { Needs } from '../device/ask.js'

/** Roles with what each asks for, in one order: equal needs are equal lists. */
export function rolesOf(needs: Needs): [role: string, ask: string][] {
  return Object.entries(needs).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The one queue of a run's modules with these needs. One for each run, so that a small run doesn't wait behind a big one.
 * @param run - letters, digits, `.`, `_`, `-`: BullMQ takes no colon
 */
export function queueNameOf(run: string, needs: Needs): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(rolesOf(needs)))
    .digest('hex')
  return `q-${run}-${hash.slice(0, 12)}`
}
