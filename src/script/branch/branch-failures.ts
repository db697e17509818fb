import { BatonError } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import { branchPosition, reportedBranches } from './branch-positions.js'
import type { Branch } from './branch.js'

/** Which branch an error came from, and where the others were then. */
export interface BranchFailure {
  device: string | undefined
  branches: BranchPosition[]
}

interface RecordedFailure {
  error: unknown
  device: string | undefined
  others: { branch: Branch; was: BranchPosition[] }[]
}

/** By test or hook, and by what was thrown, which may be no object. */
const failures = new WeakMap<object, Map<unknown, RecordedFailure>>()
/** By test or hook, where it failed with what is no error. */
const wrapped = new WeakMap<object, RecordedFailure>()

/**
 * Notes that a branch fails, before that stops the others. What was thrown first counts: the branches around the one that
 * failed only pass its error on.
 */
export function recordBranchFailure(error: unknown, branch: Branch): void {
  const { testScope, scope } = branch
  const { owner } = testScope.main.scope
  const ofTest = failures.get(owner) ?? new Map<unknown, RecordedFailure>()
  failures.set(owner, ofTest)
  const device = testScope.context.roles.get(scope.role)?.session.device.name
  const isTold = error instanceof BatonError && error.code === 'BATON_DEADLOCK'
  if (ofTest.has(error)) return
  const others = isTold ? [] : reportedBranches(testScope, branch)
  ofTest.set(error, { error, device, others: others.map(other => ({ branch: other, was: branchPosition(other) })) })
}

/** Notes what a test or hook threw, of which mocha makes an error where it is none. */
export function recordThrownValue(owner: object, thrown: unknown): void {
  const noted = failures.get(owner)?.get(thrown)
  if (noted && !(thrown instanceof Error)) wrapped.set(owner, noted)
}

/** @param owner - the test or hook that failed with `error` */
export function findBranchFailure(owner: object, error: unknown): BranchFailure | undefined {
  const noted = wrapped.get(owner) ?? failures.get(owner)?.get(error)
  if (!noted) return undefined
  const { device, others } = noted
  // Whoever failed by itself meanwhile says so, or nobody would hear of it.
  const branches = others.flatMap(({ branch, was }) =>
    branch.failure && branch.failure.error !== noted.error ? branchPosition(branch) : was,
  )
  return { device, branches }
}
