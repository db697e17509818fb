import { waitForPendingCommands } from '../command-interceptor.js'
import { testOverError, type DeviceScope } from '../device-scope.js'
import { isMochaTimeout } from '../mocha-internals.js'
import { findBranch } from './branch.js'
import { recordBranchFailure, recordThrownValue } from './branch-failures.js'
import { stopWatching } from './deadlock.js'
import { notAwaitedError } from './run-branches.js'
import { rejectWaits } from './stop-branches.js'

/** Milliseconds that the next test waits for commands of branches that outlive their test. */
const pendingCommandsMs = 2_000

interface EndedBranches {
  /** Why the test fails although its function passed. */
  failure: unknown
  /** Resolves when no command of its branches is pending. */
  quiet: Promise<unknown>
}

/**
 * Ends the branches of a test or hook that is over, so that none outlives it.
 * @param scope - of the test or hook; closed already
 * @param error - what the test failed with, which may be its timeout
 * @param thrown - what its function threw; mocha may have turned it into an Error
 */
export function endBranches(scope: DeviceScope, error: unknown, thrown?: { value: unknown }): EndedBranches {
  const main = findBranch(scope.owner)
  if (!main) return { failure: undefined, quiet: Promise.resolve() }
  const { testScope } = main
  const failure = error ?? notAwaitedError(main)
  const isAnyLive = testScope.live.size > 1
  const failed = testScope.branches.find(branch => branch.failure)
  if ((isAnyLive || failed) && failure !== undefined) recordBranchFailure(failure, main)
  if (failure !== undefined) recordThrownValue(main.scope.owner, thrown ? thrown.value : failure)
  if (failed?.failure && isMochaTimeout(error)) error.cause ??= failed.failure.error
  testScope.end(main, 'passed')
  stopWatching(testScope)
  rejectWaits(testScope, () => testOverError(scope))
  return {
    failure: error === undefined || error === null ? failure : undefined,
    quiet: isAnyLive ? waitForPendingCommands(pendingCommandsMs) : Promise.resolve(),
  }
}
