import { BatonError, type SourceLocation } from '../../error/baton-error.js'
import { deepStack, withStackDepth } from '../stack-depth.js'
import { branchName, isSameOrInside, type Branch, type BranchWait, type TestScope } from './branch.js'

/** Stops the other branches of a group in which one has failed. */
export function stopOthers(failed: Branch, group: readonly Branch[]): void {
  for (const other of group) if (other !== failed) stopBranch(other, `'${branchName(failed)}' has failed`)
}

/** Stops the children of a branch that has ended, and rejects the waits that it did not await. */
export function stopLeftovers(ended: Branch): void {
  for (const child of ended.testScope.branches)
    if (child.parent === ended) stopBranch(child, 'the branch that started it has ended')
  for (const wait of ended.waits)
    rejectQuietly(wait, branchStoppedError(ended, 'it has ended', wait.place, missingAwaitHint(wait)))
}

/** Rejects the waits that are left when a test is over. Waits for branches continue until these have ended. */
export function rejectWaits({ branches }: TestScope, createError: () => BatonError): void {
  for (const { waits } of branches) for (const wait of waits) if (!wait.structured) rejectQuietly(wait, createError())
}

/** Refuses the next command or wait of a branch and of its descendants; rejects the waits that they are in. */
function stopBranch(branch: Branch, why: string): void {
  if (branch.state !== 'live' || branch.scope.createStopError) return
  branch.scope.createStopError = () => branchStoppedError(branch, why)
  for (const each of branch.testScope.live) {
    if (!isSameOrInside(each, branch)) continue
    // A structured wait ends by itself: the branches that it waits for are stopped, too.
    for (const wait of each.waits) if (!wait.structured) wait.reject(branchStoppedError(each, why, wait.place))
  }
}

function missingAwaitHint({ kind, name }: BranchWait): string {
  if (kind === 'branch') return `is an \`await\` missing where it waits for ${name}?`
  return `is an \`await\` missing before ${kind === 'signal' ? 'until' : 'barrier'}('${name}')?`
}

/** Rejects a wait that may no longer be awaited. */
function rejectQuietly(wait: BranchWait, error: BatonError): void {
  wait.promise.catch(() => {})
  wait.reject(error)
}

function branchStoppedError(branch: Branch, why: string, place?: SourceLocation, hint?: string): BatonError {
  const message = `the branch '${branchName(branch)}' was stopped: ${why}`
  const details = { ...(place ? { place } : {}), ...(hint === undefined ? {} : { hint }) }
  const error = withStackDepth(deepStack, () => new BatonError('BATON_BRANCH_STOPPED', message, details))
  branch.stoppedAt ??= place ?? { stack: error.stack ?? '' }
  return error
}
