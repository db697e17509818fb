import { createHash } from 'node:crypto'
import type { Needs } from '../device/ask.js'

/** Roles with what each asks for, in one order: equal needs are equal lists. */
export function rolesOf(needs: Needs): [role: string, ask: string][] {
  return Object.entries(needs).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The one queue of a run's modules with these needs. One for each run, so that a small run doesn't wait behind a big one, and
 * one for each stage of it, which is what can be held back.
 * @param run - letters, digits, `.`, `_`, `-`: BullMQ takes no colon
 */
export function queueNameOf(run: string, needs: Needs, stage?: string): string {
  const roles = rolesOf(needs)
  const hash = createHash('sha256')
    .update(JSON.stringify(stage === undefined ? roles : [stage, roles]))
    .digest('hex')
  return `q-${run}-${hash.slice(0, 12)}`
}
