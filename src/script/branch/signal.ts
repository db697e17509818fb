import { BatonError, formatLocation } from '../../error/baton-error.js'
import { formatPositions, branchPositions } from './branch-positions.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { assertTimeout } from './run-branches.js'
import { branchName, branchOf, type TestScope, type BranchWait } from './branch.js'
import { PendingWait } from './wait.js'

export interface UntilOptions {
  /** Milliseconds; where it isn't given, the test's own deadline holds. */
  timeout?: number
}

/**
 * Tells the other branches of the test that something is so. It stays so until the test ends, for whoever asks later.
 *
 * @param name - any text
 * @param value - what `until` gives; the last one where a name is signalled again
 * @throws BatonError BATON_NO_TEST outside of a test or hook, BATON_TEST_OVER after its end, BATON_BRANCH_STOPPED where
 *   another branch has failed
 */
export function signal(name: string, value?: unknown): void {
  const { context, scope } = requireOwnScope(`signal('${name}')`)
  const place = callerPlace(context)
  const branch = branchOf(context, scope)
  const { testScope } = branch
  const role = branch.role ?? scope.role
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  context.emit({ type: 'signal', branch: branchName(branch), role, device, name, ...at })
  testScope.signals.set(name, value)
  for (const wait of waitsFor(testScope, name)) wait.resolve(value)
}

/**
 * Waits until a branch of the test has signalled `name`; goes on at once where one has.
 *
 * @returns the value that was signalled
 * @throws BatonError BATON_BRANCH_TIMEOUT after `timeout`, BATON_DEADLOCK where nobody is left who could signal,
 *   BATON_BRANCH_STOPPED where another branch has failed
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
    const text = `nobody signalled '${name}' in ${timeout} ms:\n${table}`
    return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
  })
  return (await wait.promise) as T
}

function waitsFor({ branches }: TestScope, name: string): BranchWait[] {
  return branches.flatMap(({ waits }) => [...waits].filter(wait => wait.kind === 'signal' && wait.name === name))
}
