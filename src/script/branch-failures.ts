import type { BranchPosition } from '../event/run-event.js'
import type { Strand } from './strand.js'

/** Which branch an error came from, and where the others were then. */
export interface BranchFailure {
  device: string | undefined
  branches: BranchPosition[]
}

/** By ensemble, as anything may be thrown, also what is no object. */
const failures = new WeakMap<object, { error: unknown; failure: BranchFailure }>()

/** The innermost branch is the one that failed; those around it only pass its error on. */
export function noteFailure(error: unknown, strand: Strand, branches: BranchPosition[]): void {
  const { ensemble, cell } = strand
  const known = failures.get(ensemble.root.cell.owner)
  if (known && known.error === error) return
  const device = ensemble.context.roles.get(cell.role)?.session.device.name
  failures.set(ensemble.root.cell.owner, { error, failure: { device, branches } })
}

/** @param owner - the test or hook that failed with `error` */
export function branchFailure(owner: object, error: unknown): BranchFailure | undefined {
  const known = failures.get(owner)
  return known && known.error === error ? known.failure : undefined
}
