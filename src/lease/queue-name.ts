import { createHash } from 'node:crypto'
import type { Needs } from '../device/selector.js'

/** Roles with their selectors, sorted: equal needs give equal lists. */
export function rolesOf(needs: Needs): [role: string, selector: string][] {
  return Object.entries(needs).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What modules with equal needs must also have in common to share a queue. */
export interface NeedDetails {
  /** The stage that they belong to, if any. */
  stage?: string | undefined
  /** Hash of the run's app for them, if any. */
  app?: string | undefined
}

/**
 * The name of the queue of a run's modules with these needs. Each run has its own queues, so that a small run doesn't wait behind a
 * big one. So has each stage, because stages can be held back, and each app, because a device may refuse it.
 * @param run - letters, digits, `.`, `_`, `-`: BullMQ takes no colon
 */
export function queueNameFor(run: string, needs: Needs, { stage, app }: NeedDetails = {}): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([rolesOf(needs), stage, app]))
    .digest('hex')
  return `q-${run}-${hash.slice(0, 12)}`
}
