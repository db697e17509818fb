/** BullMQ's largest priority number; the smallest number goes first, and 0 before all. */
const LAST = 2_097_151

/** From an hour on, longer makes no difference to what goes first. */
const LONGEST_MS = 3_600_000

/**
 * Longest first, so that no long module is left to the end of a run while other devices idle.
 * @param expectedMs - milliseconds; undefined if it is not known: then it goes first, as it may be long
 * @returns BullMQ's priority, 1…2,097,151
 */
export function priorityOf(expectedMs: number | undefined): number {
  if (expectedMs === undefined) return 1
  const share = Math.min(Math.max(expectedMs, 0), LONGEST_MS) / LONGEST_MS
  return LAST - Math.round(share * (LAST - 2))
}
