import { createHash } from 'node:crypto'
import type { Needs } from '../device/selector.js'

/** Roles with what each asks for, in one order: equal needs are equal lists. */
export function rolesOf(needs: Needs): [role: string, selector: string][] {
  return Object.entries(needs).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What else modules with equal needs must have in common to share a queue. */
export interface NeedDetails {
  /** The stage that they belong to, if any. */
  stage?: string | undefined
  /** Hash of the run's app for them, if any. */
  app?: string | undefined
}

/**
 * The one queue of a run's modules with these needs. One for each run, so that a small run doesn't wait behind a big one; one
 * for each stage of it, which is what can be held back; and one for each app, which a device may refuse.
 * @param run - letters, digits, `.`, `_`, `-`: BullMQ takes no colon
 */
export function queueNameFor(run: string, needs: Needs, { stage, app }: NeedDetails = {}): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([rolesOf(needs), stage, app]))
    .digest('hex')
  return `q-${run}-${hash.slice(0, 12)}`
}
