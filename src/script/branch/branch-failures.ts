import { BatonError } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import { branchPosition, reportedBranches } from './branch-positions.js'
import { branchName, type Branch } from './branch.js'

/** The device of the branch that failed, and where the other branches were at that moment. */
export interface BranchFailure {
  device: string | undefined
  /** Its name; empty for the main branch. */
  branch: string
  branches: BranchPosition[]
}

interface RecordedFailure {
  error: unknown
  device: string | undefined
  branch: string
  others: { branch: Branch; positions: BranchPosition[] }[]
}

/** By test or hook, then by what was thrown, which may be any value. */
const failures = new WeakMap<object, Map<unknown, RecordedFailure>>()
/** By test or hook, if it threw something that is not an Error. */
const wrapped = new WeakMap<object, RecordedFailure>()

/**
 * Records that a branch has failed; called before the failure stops the others. The first record of an error counts:
 * the branches above only pass it on.
 */
export function recordBranchFailure(error: unknown, branch: Branch): void {
  const { testScope, scope } = branch
  const { owner } = testScope.main.scope
  const ofTest = failures.get(owner) ?? new Map<unknown, RecordedFailure>()
  failures.set(owner, ofTest)
  const device = testScope.context.roles.get(scope.role)?.session.device.name
  if (ofTest.has(error)) return
  // The message of a deadlock lists all branches.
  const isListed = error instanceof BatonError && error.code === 'BATON_DEADLOCK'
  const others = isListed ? [] : reportedBranches(testScope, branch)
  ofTest.set(error, {
    error,
    device,
    branch: branchName(branch),
    others: others.map(other => ({ branch: other, positions: branchPosition(other) })),
  })
}

/** Records what a test or hook threw: mocha replaces a value that is not an Error by one. */
export function recordThrownValue(owner: object, thrown: unknown): void {
  const recorded = failures.get(owner)?.get(thrown)
  if (recorded && !(thrown instanceof Error)) wrapped.set(owner, recorded)
}

/**
 * Returns what is known of the branch that an error came from.
 * @param owner - the test or hook that failed with `error`
 */
export function findBranchFailure(owner: object, error: unknown): BranchFailure | undefined {
  const recorded = wrapped.get(owner) ?? failures.get(owner)?.get(error)
  if (!recorded) return undefined
  const { device, branch: name, others } = recorded
  // A branch that has failed by itself since then is listed with its own error, which no test reports.
  const branches = others.flatMap(({ branch, positions }) =>
    branch.failure && branch.failure.error !== recorded.error ? branchPosition(branch) : positions,
  )
  return { device, branch: name, branches }
}
