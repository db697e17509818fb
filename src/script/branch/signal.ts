import { BatonError, formatLocation } from '../../error/baton-error.js'
import { formatPositions, positionsOf } from './branch-positions.js'
import { callPlace } from '../call-place.js'
import { requireOwnBranch } from '../module-context.js'
import { checkTimeout } from './run-branches.js'
import { nameOfStrand, strandOf, type Ensemble, type Wait } from './strand.js'
import { StrandWait } from './wait.js'

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
  const { context, cell } = requireOwnBranch(`signal('${name}')`)
  const place = callPlace(context)
  const strand = strandOf(context, cell)
  const { ensemble } = strand
  const role = strand.role ?? cell.role
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  context.emit({ type: 'signal', branch: nameOfStrand(strand), role, device, name, ...at })
  ensemble.signals.set(name, value)
  for (const wait of waitsFor(ensemble, name)) wait.resolve(value)
}

/**
 * Waits until a branch of the test has signalled `name`; goes on at once where one has.
 *
 * @returns the value that was signalled
 * @throws BatonError BATON_BRANCH_TIMEOUT after `timeout`, BATON_DEADLOCK where nobody is left who could signal,
 *   BATON_BRANCH_STOPPED where another branch has failed
 */
export async function until<T = unknown>(name: string, { timeout }: UntilOptions = {}): Promise<T> {
  const { context, cell } = requireOwnBranch(`until('${name}')`)
  const place = callPlace(context)
  checkTimeout(timeout, `until('${name}')`, place)
  const strand = strandOf(context, cell)
  const { ensemble } = strand
  if (ensemble.signals.has(name)) return ensemble.signals.get(name) as T
  const wait = new StrandWait(strand, { kind: 'signal', name, place })
  wait.failAfter(timeout, () => {
    const table = formatPositions(positionsOf(ensemble))
    const text = `nobody signalled '${name}' in ${timeout} ms:\n${table}`
    return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
  })
  return (await wait.promise) as T
}

function waitsFor({ strands }: Ensemble, name: string): Wait[] {
  return strands.flatMap(({ waits }) => [...waits].filter(wait => wait.kind === 'signal' && wait.name === name))
}
