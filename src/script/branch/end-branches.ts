import { testOver, type Cell } from '../baton-cell.js'
import { noteFailure, noteThrown } from './branch-failures.js'
import { forgetEnsemble } from './deadlock.js'
import { commandsEnded } from '../gate.js'
import { endEnsemble, notAwaited } from './run-branches.js'
import { knownStrand } from './strand.js'

/** Milliseconds that commands of branches which outlive their test get to come back before the next test. */
const lateCommandsMs = 2_000

interface BranchesEnd {
  /** Why the test fails though it came to a good end. */
  failure: unknown
  /** When no command of its branches is on its way any more. */
  still: Promise<unknown>
}

/**
 * Ends the branches of a test or hook that is over, so that none survives it.
 * @param cell - closed already
 * @param error - what the test failed with: its deadline, maybe
 * @param thrown - what its function threw, of which mocha may have made the error
 */
export function endBranches(cell: Cell, error: unknown, thrown?: { value: unknown }): BranchesEnd {
  const root = knownStrand(cell.owner)
  if (!root) return { failure: undefined, still: Promise.resolve() }
  const { ensemble } = root
  const failure = error ?? notAwaited(root)
  const outlived = ensemble.live.size > 1
  const failed = ensemble.strands.find(strand => strand.failure)
  if ((outlived || failed) && failure !== undefined) noteFailure(failure, root)
  if (failure !== undefined) noteThrown(root.cell.owner, thrown ? thrown.value : failure)
  if (failed?.failure && isTimeout(error)) error.cause ??= failed.failure.error
  ensemble.end(root, 'passed')
  forgetEnsemble(ensemble)
  endEnsemble(ensemble, () => testOver(cell))
  return {
    failure: error === undefined || error === null ? failure : undefined,
    still: outlived ? commandsEnded(lateCommandsMs) : Promise.resolve(),
  }
}

function isTimeout(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MOCHA_TIMEOUT'
}
