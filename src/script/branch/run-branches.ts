import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { BranchEnd } from '../../event/run-event.js'
import { createIsolatedScope, type DeviceScope } from '../device-scope.js'
import { breakBarriersOf } from './barrier-rounds.js'
import { recordBranchFailure } from './branch-failures.js'
import { checkForDeadlock } from './deadlock.js'
import { scopeStorage, runOutsideTests, type Browser } from '../module-context.js'
import { requireRole } from '../require-role.js'
import {
  addBranch,
  assertNotHeld,
  isSameOrInside,
  branchName,
  type TestScope,
  type Branch,
  type BranchGroup,
  type BranchWait,
} from './branch.js'

/** What runs on a device of its own; gets that device's browser. */
export type BranchFunction<T = unknown> = (browser: Browser) => T | Promise<T>

export interface BranchSpec {
  role: string
  run: BranchFunction
}

/** One branch that has been begun. */
export interface StartedBranch {
  branch: Branch
  /** Never rejects. */
  ended: Promise<{ value: unknown } | { error: unknown }>
}

/**
 * Begins branches, all or none.
 * @throws BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN, BATON_DEVICE_HELD
 */
export function startBranches(
  caller: Branch,
  scope: DeviceScope,
  call: BranchGroup['call'],
  orders: readonly BranchSpec[],
  place: SourceLocation | undefined,
): StartedBranch[] {
  const { context } = caller.testScope
  const taken = new Set<string>()
  for (const { role, run } of orders) {
    const act = `${call} of '${role}'`
    requireRole(context, role, place, act)
    assertNotHeld(caller, role, act, place)
    if (typeof run !== 'function') throw usageError(`${act} was given no function`, place)
    if (taken.has(role))
      throw usageError(`${call} names '${role}' twice; a device can be in one branch at a time`, place)
    taken.add(role)
  }
  const group: BranchGroup = { call, branches: [] }
  const branches = orders.map(({ role }) => {
    const own = createIsolatedScope(scope, role, { ...scope.owner })
    return addBranch({ role, place, parent: caller, testScope: caller.testScope, group, scope: own })
  })
  // All are there before the first one runs: a barrier knows whom it waits for.
  return branches.map((branch, index) => ({ branch, ended: runBranch(branch, orders[index]?.run) }))
}

export function usageError(message: string, place: SourceLocation | undefined, hint?: string): BatonError {
  return new BatonError('BATON_BRANCH_USAGE', message, { ...(place ? { place } : {}), ...(hint ? { hint } : {}) })
}

/** @throws BatonError BATON_BRANCH_USAGE where a `timeout` is none, as one of plain JavaScript may be */
export function assertTimeout(timeout: number | undefined, act: string, place: SourceLocation | undefined): void {
  if (timeout === undefined || (Number.isFinite(timeout) && timeout > 0)) return
  throw usageError(`${act}: expected a timeout in milliseconds, above 0, found ${String(timeout)}`, place)
}

function runBranch(branch: Branch, run: BranchFunction | undefined): StartedBranch['ended'] {
  const { scope, role = '' } = branch
  const { context } = branch.testScope
  const browser = context.roles.get(role)?.browser as Browser
  emitBranchEvent(branch, 'branch:start')
  context.recordPass(role, branch.place && formatLocation(branch.place))
  // Its promise is made in the branch; what follows on it is not the branch's.
  const result = scopeStorage.run(scope, async () => await run?.(browser))
  return runOutsideTests(async () => {
    try {
      const value = await result
      const forgotten = notAwaitedError(branch)
      if (forgotten) throw forgotten
      endBranch(branch, 'passed')
      return { value }
    } catch (error) {
      const isBrokenOff = wasStopped(branch, error)
      if (!isBrokenOff) {
        recordBranchFailure(error, branch)
        branch.failure = { error }
        // Before its end breaks barriers: that the others are stopped says more.
        if (branch.group?.call === 'parallel()') stopOthers(branch, branch.group.branches)
      }
      endBranch(branch, isBrokenOff ? 'stopped' : 'failed')
      return { error }
    }
  })
}

/** Whether its error only follows from its stop: until something was refused, what it throws is its own. */
function wasStopped(branch: Branch, error: unknown): boolean {
  const { live, main } = branch.testScope
  if (main.state !== 'live') return true
  const isRefusal = error instanceof BatonError && error.code === 'BATON_BRANCH_STOPPED'
  const above = [...live].filter(each => isSameOrInside(branch, each))
  return above.some(({ scope }) => scope.createStopError) && (isRefusal || above.some(({ stoppedAt }) => stoppedAt))
}

/** Stops the branches that were begun, or are awaited, together with one that has failed. */
export function stopOthers(failed: Branch, together: readonly Branch[]): void {
  for (const other of together) if (other !== failed) stopBranch(other, `'${branchName(failed)}' has failed`)
}

/** Why a branch, or a test, must not end well: branches that it began and nobody awaited. */
export function notAwaitedError(branch: Branch): BatonError | undefined {
  const forgotten = branch.testScope.branches.filter(
    ({ parent, state, awaited }) => parent === branch && (state === 'live' || !awaited),
  )
  const [first] = forgotten
  if (!first) return undefined
  const all = forgotten.map(each => `'${branchName(each)}' (${formatLocation(each.place ?? { file: '?' })})`).join(', ')
  const error = new BatonError('BATON_BRANCH_NOT_AWAITED', `nobody awaited ${first.group?.call} of ${all}`, {
    hint: 'await what parallel() returns, and each handle of start(), or call `await allDone()`',
    ...(first.place ? { place: first.place } : {}),
    ...(first.failure ? { cause: first.failure.error } : {}),
  })
  // It comes from no call: where the branches were begun is in its message.
  error.stack = `${error.name}: ${error.message}`
  return error
}

function endBranch(branch: Branch, state: BranchEnd): void {
  branch.testScope.end(branch, state)
  branch.scope.closed = true
  for (const child of branch.testScope.branches)
    if (child.parent === branch) stopBranch(child, 'the branch that began it has ended')
  // What it did not await waits in vain.
  for (const wait of branch.waits)
    rejectQuietly(wait, branchStoppedError(branch, 'it has ended', wait.place, forgottenAwait(wait)))
  emitBranchEvent(branch, 'branch:end', state)
  breakBarriersOf(branch)
  checkForDeadlock(branch.testScope)
}

/** A branch, and all that it began, is refused from its next command or wait on; where it waits, at once. */
function stopBranch(branch: Branch, why: string): void {
  if (branch.state !== 'live' || branch.scope.createStopError) return
  branch.scope.createStopError = () => branchStoppedError(branch, why)
  for (const each of branch.testScope.live) {
    if (!isSameOrInside(each, branch)) continue
    // It ends when its branches have, and these are stopped as well.
    for (const wait of each.waits) if (!wait.structured) wait.reject(branchStoppedError(each, why, wait.place))
  }
}

/** The test is over: no branch of it goes on. Whoever waits for a branch does until that has ended, if it ever does. */
export function endWaits({ branches }: TestScope, over: () => BatonError): void {
  for (const { waits } of branches) for (const wait of waits) if (!wait.structured) rejectQuietly(wait, over())
}

function forgottenAwait({ kind, name }: BranchWait): string {
  if (kind === 'branch') return `is an \`await\` missing where it waits for ${name}?`
  return `is an \`await\` missing before ${kind === 'signal' ? 'until' : 'barrier'}('${name}')?`
}

function rejectQuietly(wait: BranchWait, error: BatonError): void {
  wait.promise.catch(() => {})
  wait.reject(error)
}

function branchStoppedError(branch: Branch, why: string, place?: SourceLocation, hint?: string): BatonError {
  const { stackTraceLimit } = Error
  // Its caller is many frames of WebdriverIO up.
  Error.stackTraceLimit = 60
  const error = new BatonError('BATON_BRANCH_STOPPED', `the branch '${branchName(branch)}' was stopped: ${why}`, {
    ...(place ? { place } : {}),
    ...(hint === undefined ? {} : { hint }),
  })
  Error.stackTraceLimit = stackTraceLimit
  branch.stoppedAt ??= place ?? { stack: error.stack ?? '' }
  return error
}

function emitBranchEvent(branch: Branch, type: 'branch:start' | 'branch:end', state?: BranchEnd): void {
  const { role = '', place, testScope } = branch
  const { context } = testScope
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  const about = { branch: branchName(branch), role, device, ...at }
  context.emit(type === 'branch:start' ? { type, ...about } : { type, ...about, state: state ?? 'passed' })
}
