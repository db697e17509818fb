import { BatonError, type SourceLocation } from '../../error/baton-error.js'

/** The error for a call of `parallel`, `start`, `barrier`, `until`, `choose` or `checkpoint` with wrong arguments. */
export function usageError(message: string, place: SourceLocation | undefined, hint?: string): BatonError {
  return new BatonError('BATON_BRANCH_USAGE', message, { ...(place ? { place } : {}), ...(hint ? { hint } : {}) })
}

/**
 * Checks a `timeout` option, which plain JavaScript may set to anything.
 * @throws BatonError BATON_BRANCH_USAGE if it is not a positive number of milliseconds
 */
export function assertTimeout(timeout: number | undefined, act: string, place: SourceLocation | undefined): void {
  if (timeout === undefined || (Number.isFinite(timeout) && timeout > 0)) return
  throw usageError(`${act}: expected a timeout in milliseconds, above 0, found ${String(timeout)}`, place)
}
