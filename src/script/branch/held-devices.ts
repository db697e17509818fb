import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { deepStack, withStackDepth } from '../stack-depth.js'
import { branchName, isSameOrInside, type Branch } from './branch.js'

/*
 * Which branch may use which device: a branch holds the role that it was started with, and each role that it takes with
 * `useDevice`, until it ends. It may take any role that no other live branch holds. The branches above it lend theirs,
 * except a role that one of them is using right now.
 */

/**
 * Checks that no other live branch holds a device.
 * @param act - the user's call or the command, for the message: `useDevice('bob')`
 * @throws BatonError BATON_DEVICE_HELD if another branch holds it
 */
export function assertNotHeld(branch: Branch, role: string, act: string, place?: SourceLocation): void {
  for (const other of branch.testScope.live) {
    if (other.heldRoles.has(role) && !isSameOrInside(branch, other)) throw deviceHeldError(other, role, act, place)
  }
}

/**
 * Holds a role for a branch until the branch ends.
 * @returns a function that releases the role earlier
 * @throws BatonError BATON_DEVICE_HELD if another branch holds it, or a branch above is using it
 */
export function holdRole(branch: Branch, role: string, act: string, place?: SourceLocation): () => void {
  assertNotHeld(branch, role, act, place)
  if (branch.role === undefined || branch.heldRoles.has(role)) return () => {}
  for (let above = branch.parent; above; above = above.parent) {
    const awaitsBranches = [...above.waits].some(({ kind }) => kind === 'branch')
    if (!awaitsBranches && above.scope.role === role) throw deviceHeldError(above, role, act, place)
  }
  branch.heldRoles.add(role)
  return () => branch.heldRoles.delete(role)
}

function deviceHeldError(holder: Branch, role: string, act: string, place: SourceLocation | undefined): BatonError {
  const started = holder.place ? `, started at ${formatLocation(holder.place)}` : ''
  const who = holder.role === undefined ? 'the test itself' : `the branch '${branchName(holder)}'${started}`
  // Without `device`: the failure belongs to the device of the branch that made the call.
  return withStackDepth(
    deepStack,
    () =>
      new BatonError('BATON_DEVICE_HELD', `${act}: the device of '${role}' is held by ${who}`, {
        hint: 'use it in that branch, or after that branch has ended',
        ...(place ? { place } : {}),
      }),
  )
}
