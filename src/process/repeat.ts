import pLimit from 'p-limit'

export interface Repeating {
  /** Does the work now, or as soon as the work in progress is done. Rejects if it fails. */
  readonly runNow: () => Promise<void>
  /** Ends the repetition; work in progress continues. */
  readonly stop: () => void
}

/**
 * Does the work again and again. A time at which it is still in progress is skipped; a failure is ignored, the next time is
 * another try.
 * @param intervalMs - milliseconds
 */
export function repeatEvery(intervalMs: number, work: () => Promise<void>): Repeating {
  const limit = pLimit(1)
  const runNow = async (): Promise<void> => limit(work)
  const timer = setInterval(() => {
    if (limit.activeCount + limit.pendingCount === 0) void runNow().catch(() => {})
  }, intervalMs)
  return { runNow, stop: () => clearInterval(timer) }
}
