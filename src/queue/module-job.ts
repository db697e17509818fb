import { z } from 'zod'

/** What waits in a queue: one module of a run. */
export const moduleJobSchema = z.object({
  run: z.string(),
  /** Unique in the run. */
  module: z.string(),
  /** As the user knows it. */
  file: z.string(),
  bundleHash: z.string(),
  firstRole: z.string(),
  /** Milliseconds that it took before; absent if it never ran. */
  expectedMs: z.number().nonnegative().optional(),
  /** What the run wants of each attempt (mocha options, environment, …); the queue only carries it. */
  options: z.record(z.string(), z.unknown()),
})

export type ModuleJob = z.infer<typeof moduleJobSchema>

/** A module's job id: no colon, never a plain number, never one of BullMQ's own key names. */
export function jobIdOf(module: string): string {
  return `m-${encodeURIComponent(module)}`
}

/** @returns the job's id itself if it is not one of ours */
export function moduleOfJobId(jobId: string): string {
  try {
    return decodeURIComponent(jobId.startsWith('m-') ? jobId.slice('m-'.length) : jobId)
  } catch {
    return jobId
  }
}
