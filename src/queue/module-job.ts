import { z } from 'zod'
import { moduleVerdicts } from '../event/verdicts.js'

/** What waits in a queue: one module of a run. */
export const moduleJobSchema = z.object({
  run: z.string(),
  /** Unique in the run. */
  module: z.string(),
  /** As the user knows it. */
  file: z.string(),
  bundleHash: z.string(),
  firstRole: z.string(),
  /** Milliseconds that it took before; absent where it never ran. */
  expectedMs: z.number().nonnegative().optional(),
  /** What the run wants of the execution (mocha options, environment, …); the queue only carries it. */
  options: z.record(z.string(), z.unknown()),
})

export type ModuleJob = z.infer<typeof moduleJobSchema>

/** How a module ended, over all its attempts: what a job's record in BullMQ holds. */
export const moduleResultSchema = z.object({
  module: z.string(),
  verdict: z.enum(moduleVerdicts),
  /** Attempts that count, infrastructure excluded. */
  attempts: z.number().int().nonnegative(),
  /** The lease of the attempt whose result was recorded; absent where none ran. */
  lease: z.string().optional(),
  /** For `lost` and `not-run`: every reason, oldest first. */
  reasons: z.array(z.string()).optional(),
})

export type ModuleResult = z.infer<typeof moduleResultSchema>

/** A module's job id: no colon, never a plain number, never one of BullMQ's own key names. */
export function jobIdOf(module: string): string {
  return `m-${encodeURIComponent(module)}`
}

/** @returns the id as it is where somebody else has made it */
export function moduleOfJobId(jobId: string): string {
  try {
    return decodeURIComponent(jobId.slice('m-'.length))
  } catch {
    return jobId
  }
}
