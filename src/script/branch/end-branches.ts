import { hasErrorCode } from '../../error/error-text.js'
import { testOverError, type DeviceScope } from '../device-scope.js'
import { recordBranchFailure, recordThrownValue } from './branch-failures.js'
import { stopWatching } from './deadlock.js'
import { waitForPendingCommands } from '../command-interceptor.js'
import { endWaits, notAwaitedError } from './run-branches.js'
import { findBranch } from './branch.js'

/** Milliseconds that commands of branches which outlive their test get to come back before the next test. */
const lateCommandsMs = 2_000

interface EndedBranches {
  /** Why the test fails though it came to a good end. */
  failure: unknown
  /** When no command of its branches is on its way any more. */
  still: Promise<unknown>
}

/**
 * Ends the branches of a test or hook that is over, so that none survives it.
 * @param scope - closed already
 * @param error - what the test failed with: its deadline, maybe
 * @param thrown - what its function threw, of which mocha may have made the error
 */
export function endBranches(scope: DeviceScope, error: unknown, thrown?: { value: unknown }): EndedBranches {
  const main = findBranch(scope.owner)
  if (!main) return { failure: undefined, still: Promise.resolve() }
  const { testScope } = main
  const failure = error ?? notAwaitedError(main)
  const outlived = testScope.live.size > 1
  const failed = testScope.branches.find(branch => branch.failure)
  if ((outlived || failed) && failure !== undefined) recordBranchFailure(failure, main)
  if (failure !== undefined) recordThrownValue(main.scope.owner, thrown ? thrown.value : failure)
  if (failed?.failure && isTimeout(error)) error.cause ??= failed.failure.error
  testScope.end(main, 'passed')
  stopWatching(testScope)
  endWaits(testScope, () => testOverError(scope))
  return {
    failure: error === undefined || error === null ? failure : undefined,
    still: outlived ? waitForPendingCommands(lateCommandsMs) : Promise.resolve(),
  }
}

function isTimeout(error: unknown): error is Error {
  return hasErrorCode(error, 'ERR_MOCHA_TIMEOUT')
}
