import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { BranchEnd } from '../../event/run-event.js'
import { createIsolatedScope, type DeviceScope } from '../device-scope.js'
import { runOutsideTests, scopeStorage, type Browser } from '../module-context.js'
import { requireRole } from '../require-role.js'
import { breakBarriersOf } from './barrier-rounds.js'
import { addBranch, branchName, isSameOrInside, type Branch, type BranchGroup } from './branch.js'
import { branchEventFields } from './branch-events.js'
import { recordBranchFailure } from './branch-failures.js'
import { checkForDeadlock } from './deadlock.js'
import { assertNotHeld } from './held-devices.js'
import { stopLeftovers, stopOthers } from './stop-branches.js'
import { usageError } from './usage-errors.js'

/** A function that runs as a branch; receives the browser of the branch's device. */
export type BranchFunction<T = unknown> = (browser: Browser) => T | Promise<T>

/** A branch to start. */
export interface BranchSpec {
  role: string
  run: BranchFunction
}

export interface StartedBranch {
  branch: Branch
  /** How its function ended; never rejects. */
  ended: Promise<{ value: unknown } | { error: unknown }>
}

/** The call that starts branches. */
export interface BranchCall {
  /** The branch that made the call. */
  caller: Branch
  scope: DeviceScope
  call: BranchGroup['call']
  place: SourceLocation | undefined
}

/**
 * Starts all branches of a call, or none if one can't start.
 * @throws BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN, BATON_DEVICE_HELD
 */
export function startBranches(
  { caller, scope, call, place }: BranchCall,
  specs: readonly BranchSpec[],
): StartedBranch[] {
  const { context } = caller.testScope
  const named = new Set<string>()
  for (const { role, run } of specs) {
    const act = `${call} of '${role}'`
    requireRole(context, role, place, act)
    assertNotHeld(caller, role, act, place)
    if (typeof run !== 'function') throw usageError(`${act}: expected a function, found ${typeof run}`, place)
    if (named.has(role)) throw usageError(`${call} names '${role}' twice; one device can only run one branch`, place)
    named.add(role)
  }
  const group: BranchGroup = { call, branches: [] }
  const branches = specs.map(({ role }) => {
    const own = createIsolatedScope(scope, role, { ...scope.owner })
    return addBranch({ role, place, parent: caller, testScope: caller.testScope, group, scope: own })
  })
  // All exist before the first one runs, so that a barrier knows its members.
  return branches.map((branch, index) => ({ branch, ended: runBranch(branch, specs[index]?.run) }))
}

function runBranch(branch: Branch, run: BranchFunction | undefined): StartedBranch['ended'] {
  const { scope, role = '', place } = branch
  const { context } = branch.testScope
  const browser = context.roles.get(role)?.browser as Browser
  context.emit({ type: 'branch:start', ...branchEventFields(branch, place) })
  context.recordPass(role, place && formatLocation(place))
  // The promise is created in the branch; what follows on it is not the branch's.
  const result = scopeStorage.run(scope, async () => await run?.(browser))
  return runOutsideTests(async () => {
    try {
      const value = await result
      const forgotten = notAwaitedError(branch)
      if (forgotten) throw forgotten
      endBranch(branch, 'passed')
      return { value }
    } catch (error) {
      const isStop = isConsequenceOfStop(branch, error)
      if (!isStop) {
        recordBranchFailure(error, branch)
        branch.failure = { error }
        // Before `endBranch` breaks barriers: "was stopped" says more to the other branches.
        if (branch.group?.call === 'parallel()') stopOthers(branch, branch.group.branches)
      }
      endBranch(branch, isStop ? 'stopped' : 'failed')
      return { error }
    }
  })
}

/** Whether an error only follows from a stop. Until a command or wait was refused, an error is the branch's own. */
function isConsequenceOfStop(branch: Branch, error: unknown): boolean {
  const { live, main } = branch.testScope
  if (main.state !== 'live') return true
  const isStopError = error instanceof BatonError && error.code === 'BATON_BRANCH_STOPPED'
  const lineage = [...live].filter(each => isSameOrInside(branch, each))
  return (
    lineage.some(({ scope }) => scope.createStopError) && (isStopError || lineage.some(({ stoppedAt }) => stoppedAt))
  )
}

function endBranch(branch: Branch, state: BranchEnd): void {
  const { testScope, scope, place } = branch
  testScope.end(branch, state)
  scope.closed = true
  stopLeftovers(branch)
  testScope.context.emit({ type: 'branch:end', ...branchEventFields(branch, place), state })
  breakBarriersOf(branch)
  checkForDeadlock(testScope)
}

/** Returns why a branch, or a test, can't pass: it started branches that nobody awaited. */
export function notAwaitedError(branch: Branch): BatonError | undefined {
  const forgotten = branch.testScope.branches.filter(
    ({ parent, state, awaited }) => parent === branch && (state === 'live' || !awaited),
  )
  const [first] = forgotten
  if (!first) return undefined
  const all = forgotten.map(each => `'${branchName(each)}' (${formatLocation(each.place ?? { file: '?' })})`).join(', ')
  const error = new BatonError('BATON_BRANCH_NOT_AWAITED', `${first.group?.call} of ${all} was not awaited`, {
    hint: 'await the promise of parallel(), and each handle of start(), or call `await allDone()`',
    ...(first.place ? { place: first.place } : {}),
    ...(first.failure ? { cause: first.failure.error } : {}),
  })
  // No call of the user's throws it; the message says where the branches were started.
  error.stack = `${error.name}: ${error.message}`
  return error
}
