import { z } from 'zod'
import { labelOf, operationKindOf } from './operation-id.js'

/** Keeps an operation back until another one has run, or until nothing else can. Both are ids of operations. */
export const holdSchema = z.object({ operation: z.string(), until: z.string() })
export type Hold = z.infer<typeof holdSchema>

const checkSchema = z.object({ wait: z.string(), after: z.int().nonnegative() })
type Check = z.infer<typeof checkSchema>

/** A schedule: an order of operations in which a module failed. What a schedule file contains. */
export const scheduleSchema = z.object({
  version: z.literal(1),
  /** As the user knows it. */
  module: z.string(),
  /** Hash of the bundle in which it was found: another one may have other operations. */
  bundleHash: z.string(),
  seed: z.int().nonnegative(),
  strategy: z.string(),
  /** Titles of the test that failed, outermost first. */
  test: z.array(z.string()),
  /** The fewest that were found; absent: not minimised. */
  holds: z.array(holdSchema).exactOptional(),
  /** Ids of all operations but polls, in the order in which they ran. */
  trace: z.array(z.string()),
  /**
   * When waits looked again: `wait` is the id of the poll without its number, `after` how many operations of the trace had run.
   * What a wait sees may be right for a moment only.
   */
  checks: z.array(checkSchema).exactOptional(),
  /** Where the user's code caused an operation: id → `file:line`. */
  places: z.record(z.string(), z.string()).exactOptional(),
  /**
   * Messages before the failed test and before its body, by their ids without a number, in all tests of the module: `network`
   * counts from there.
   */
  earlier: z.record(z.string(), z.tuple([z.int().nonnegative(), z.int().nonnegative()])).exactOptional(),
  /** The message of the failure, and what distinguishes it from other bugs: message without values, and place. */
  error: z.object({ message: z.string(), signature: z.string() }),
})
export type Schedule = z.infer<typeof scheduleSchema>

/** @param ran - ids of all operations, in the order in which they ran */
export function traceOf(ran: readonly string[]): Pick<Schedule, 'trace' | 'checks'> {
  const trace: string[] = []
  const checks: Check[] = []
  for (const id of ran) {
    if (operationKindOf(id) !== 'poll') trace.push(id)
    else checks.push({ wait: labelOf(id), after: trace.length })
  }
  return { trace, ...(checks.length > 0 && { checks }) }
}
