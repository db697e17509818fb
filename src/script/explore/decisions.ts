import type { SourceLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { branchName, branchOf, findBranch, roleOf, type Branch } from '../branch/branch.js'
import { usageError } from '../branch/usage-errors.js'
import { requireOwnScope } from '../module-context.js'

/** Who decides while a module is explored. */
export interface Decider {
  /**
   * @param branch - its name; empty for the main branch
   * @returns from 0 to below `count`
   */
  choose(branch: string, choice: Choice): number
  /** Resolves when the branch may go on. */
  checkpoint(branch: Branch, name: string, place: SourceLocation | undefined): Promise<void>
}

export interface Choice {
  role: string
  /** A whole number from 1. */
  count: number
  place: SourceLocation | undefined
}

let decider: Decider | undefined

/** Undefined: the module is not explored. */
export function setDecider(next: Decider | undefined): void {
  decider = next
}

/** More values are hardly ever tried. */
const maxCount = 1_000

/**
 * Chooses one of several values while `baton explore` runs the module: each iteration may choose another one, and a replay
 * chooses the same. Otherwise it returns 0.
 *
 * @param count - a whole number from 1 to 1,000
 * @returns a whole number from 0 to below `count`
 * @throws BatonError BATON_BRANCH_USAGE if `count` is not such a number, BATON_NO_TEST outside a test or hook
 */
export function choose(count: number): number {
  const { context, scope } = requireOwnScope(`choose(${String(count)})`)
  if (!Number.isInteger(count) || count < 1 || count > maxCount) {
    const found = typeof count === 'number' ? String(count) : typeof count
    throw usageError(`choose(): expected a whole number from 1 to ${maxCount}, found ${found}`, callerPlace(context))
  }
  if (!decider) return 0
  const branch = findBranch(scope.owner)
  const role = branch ? roleOf(branch) : scope.role
  return decider.choose(branch ? branchName(branch) : '', {
    role,
    count,
    place: callerPlace(context),
  })
}

/**
 * Marks a place in a branch where others may overtake it: while `baton explore` runs the module, the branch waits until it is
 * chosen to go on. Otherwise it does nothing.
 *
 * @param name - any text; it is shown with a bug
 * @throws BatonError BATON_BRANCH_USAGE if the name is empty, BATON_NO_TEST outside a test or hook
 */
export async function checkpoint(name: string): Promise<void> {
  const { context, scope } = requireOwnScope('checkpoint()')
  if (typeof name !== 'string' || name.trim() === '') {
    throw usageError('checkpoint(): expected a name, found none', callerPlace(context))
  }
  await decider?.checkpoint(branchOf(context, scope), name, callerPlace(context))
}
