import { BatonError } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { branchOf, type BranchWait, type TestScope } from './branch.js'
import { branchEventFields } from './branch-events.js'
import { branchPositions, formatPositions } from './branch-positions.js'
import { assertTimeout } from './usage-errors.js'
import { PendingWait } from './wait.js'

export interface UntilOptions {
  /** Milliseconds. Default: until the test itself times out. */
  timeout?: number
}

/**
 * Sets a signal for the other branches of the test. It stays set until the test ends.
 *
 * @param name - any text
 * @param value - what `until` returns; a later call with the same name replaces it
 * @throws BatonError BATON_NO_TEST outside a test or hook, BATON_TEST_OVER after its end, BATON_BRANCH_STOPPED if another
 *   branch has failed
 */
export function signal(name: string, value?: unknown): void {
  const { context, scope } = requireOwnScope(`signal('${name}')`)
  const branch = branchOf(context, scope)
  const { testScope } = branch
  context.emit({ type: 'signal', ...branchEventFields(branch, callerPlace(context)), name })
  testScope.signals.set(name, value)
  for (const wait of waitsFor(testScope, name)) wait.resolve(value)
}

/**
 * Waits until a branch of the test has set a signal; returns at once if it is set already.
 *
 * @param name - as given to `signal`
 * @returns the latest value of the signal
 * @throws BatonError BATON_BRANCH_TIMEOUT after `timeout`, BATON_DEADLOCK if every branch waits for another,
 *   BATON_BRANCH_STOPPED if another branch has failed, BATON_BRANCH_USAGE if `timeout` is not a positive number
 */
export async function until<T = unknown>(name: string, { timeout }: UntilOptions = {}): Promise<T> {
  const { context, scope } = requireOwnScope(`until('${name}')`)
  const place = callerPlace(context)
  assertTimeout(timeout, `until('${name}')`, place)
  const branch = branchOf(context, scope)
  const { testScope } = branch
  if (testScope.signals.has(name)) return testScope.signals.get(name) as T
  const wait = new PendingWait(branch, { kind: 'signal', name, place })
  wait.failAfter(timeout, () => {
    const table = formatPositions(branchPositions(testScope))
    const text = `until('${name}') timed out after ${timeout} ms, no branch has set the signal:\n${table}`
    return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
  })
  return (await wait.promise) as T
}

function waitsFor({ branches }: TestScope, name: string): BranchWait[] {
  return branches.flatMap(({ waits }) => [...waits].filter(wait => wait.kind === 'signal' && wait.name === name))
}
