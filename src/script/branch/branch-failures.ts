import { BatonError } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import type { Strand } from './strand.js'

/** Which branch an error came from, and where the others were then. */
export interface BranchFailure {
  device: string | undefined
  branches: BranchPosition[]
}

/** By test or hook, and by what was thrown, which may be no object. */
const failures = new WeakMap<object, Map<unknown, BranchFailure>>()

/** What was thrown first counts: the branches around the one that failed only pass its error on. */
export function noteFailure(error: unknown, strand: Strand, branches: BranchPosition[]): void {
  const { ensemble, cell } = strand
  const { owner } = ensemble.root.cell
  const ofTest = failures.get(owner) ?? new Map<unknown, BranchFailure>()
  failures.set(owner, ofTest)
  const device = ensemble.context.roles.get(cell.role)?.session.device.name
  const isTold = error instanceof BatonError && error.code === 'BATON_DEADLOCK'
  if (!ofTest.has(error)) ofTest.set(error, { device, branches: isTold ? [] : branches })
}

/** @param owner - the test or hook that failed with `error` */
export function branchFailure(owner: object, error: unknown): BranchFailure | undefined {
  return failures.get(owner)?.get(error)
}
