import { z } from 'zod'
import { profileSchema } from './profile.js'
import { scheduleSchema } from './schedule.js'

const count = z.int().nonnegative()
const milliseconds = z.number().nonnegative()

/** One execution of a module's tests under the scheduler, as the worker reports it. */
export const iterationSchema = z.object({
  /** `minimise`: a try with fewer holds; `confirm`: a repetition of what minimising has found. */
  purpose: z.enum(['explore', 'replay', 'minimise', 'confirm']),
  seed: count,
  strategy: z.string(),
  verdict: z.enum(['passed', 'failed']),
  /** False if no branches ran at the same time: there was nothing to explore. */
  hadBranches: z.boolean(),
  /** Hash of the partial order of its operations: iterations with the same one differ only in what does not matter. */
  order: z.string(),
  operations: count,
  decisions: count,
  /** How often a page and its proxy did not agree on what was sent in time. */
  unbalanced: count,
  /** How often a server took longer than the scheduler waits. */
  slowServer: count,
  /** Timers of pages of more than 20 ms that ran, and how many of them early: while messages waited. */
  pageTimers: z.object({ ran: count, early: count }).exactOptional(),
  durationMs: milliseconds,
  /** Where the time went: `reset`, `hooks`, `commands`, `settling`, … → milliseconds. */
  timesMs: z.record(z.string(), milliseconds),
  /** How large the module is; present if the task did not say it. */
  profile: profileSchema.exactOptional(),
  /**
   * Of strategy `enumerate`: how many orders are known that have not been tried, and how many operations there are to
   * order. None left: all orders up to that many points were tried.
   */
  enumerated: z.object({ left: count, points: count }).exactOptional(),
  /** Present if it failed. */
  schedule: scheduleSchema.exactOptional(),
  /** Of a replay: the first operation that differs from the schedule; `found` is absent if it never came. */
  diverged: z.object({ step: count, expected: z.string(), found: z.string().exactOptional() }).exactOptional(),
})
export type Iteration = z.infer<typeof iterationSchema>

/** The end of minimising. */
export const minimisedSchema = z.object({
  /** With the fewest holds that were found. */
  schedule: scheduleSchema,
  tries: count,
  /** How often the holds alone made the module fail in the same way again, of how many repetitions. */
  reproduced: count,
  repetitions: count,
})
export type Minimised = z.infer<typeof minimisedSchema>
