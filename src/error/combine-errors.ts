import { BatonError, BatonErrors } from './baton-error.js'

/** Several faults as one to be thrown; one that is none of Baton's own kind goes alone, with its stack. */
export function combineErrors(errors: readonly unknown[]): unknown {
  const faults = errors.flatMap(error => (error instanceof BatonErrors ? error.errors : [error]))
  const foreign = faults.find(fault => !(fault instanceof BatonError))
  return foreign ?? new BatonErrors(faults.filter(fault => fault instanceof BatonError))
}
