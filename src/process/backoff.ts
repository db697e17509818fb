export interface BackoffLimits {
  /** Milliseconds after the first failure; doubled with each further one. */
  firstMs: number
  /** The longest pause, in milliseconds. */
  maxMs: number
}

/**
 * Exponential backoff.
 * @param failures - how many tries in a row have failed
 * @returns milliseconds until the next try; 0 if none has failed
 */
export function backoffMs(failures: number, { firstMs, maxMs }: BackoffLimits): number {
  return failures <= 0 ? 0 : Math.min(maxMs, firstMs * 2 ** (failures - 1))
}
