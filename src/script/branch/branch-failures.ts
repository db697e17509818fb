import { BatonError } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import { positionOf, strandsToTell } from './branch-positions.js'
import type { Strand } from './strand.js'

/** Which branch an error came from, and where the others were then. */
export interface BranchFailure {
  device: string | undefined
  branches: BranchPosition[]
}

interface NotedFailure {
  error: unknown
  device: string | undefined
  others: { strand: Strand; was: BranchPosition[] }[]
}

/** By test or hook, and by what was thrown, which may be no object. */
const failures = new WeakMap<object, Map<unknown, NotedFailure>>()
/** By test or hook, where it failed with what is no error. */
const wrapped = new WeakMap<object, NotedFailure>()

/**
 * Notes that a strand fails, before that stops the others. What was thrown first counts: the branches around the one that
 * failed only pass its error on.
 */
export function noteFailure(error: unknown, strand: Strand): void {
  const { ensemble, cell } = strand
  const { owner } = ensemble.root.cell
  const ofTest = failures.get(owner) ?? new Map<unknown, NotedFailure>()
  failures.set(owner, ofTest)
  const device = ensemble.context.roles.get(cell.role)?.session.device.name
  const isTold = error instanceof BatonError && error.code === 'BATON_DEADLOCK'
  if (ofTest.has(error)) return
  const others = isTold ? [] : strandsToTell(ensemble, strand)
  ofTest.set(error, { error, device, others: others.map(other => ({ strand: other, was: positionOf(other) })) })
}

/** Notes what a test or hook threw, of which mocha makes an error where it is none. */
export function noteThrown(owner: object, thrown: unknown): void {
  const noted = failures.get(owner)?.get(thrown)
  if (noted && !(thrown instanceof Error)) wrapped.set(owner, noted)
}

/** @param owner - the test or hook that failed with `error` */
export function branchFailure(owner: object, error: unknown): BranchFailure | undefined {
  const noted = wrapped.get(owner) ?? failures.get(owner)?.get(error)
  if (!noted) return undefined
  const { device, others } = noted
  // Whoever failed by itself meanwhile says so, or nobody would hear of it.
  const branches = others.flatMap(({ strand, was }) =>
    strand.failure && strand.failure.error !== noted.error ? positionOf(strand) : was,
  )
  return { device, branches }
}
