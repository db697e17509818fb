import { z } from 'zod'
import { moduleVerdicts } from '../event/verdicts.js'

/** How a module ended, over all its attempts: what is recorded with its job. */
export const moduleResultSchema = z.object({
  module: z.string(),
  verdict: z.enum(moduleVerdicts),
  /** Attempts that count, infrastructure excluded. */
  attempts: z.number().int().nonnegative(),
  /** The lease of the attempt whose result was recorded; absent if none ran. */
  lease: z.string().optional(),
  /** For `lost` and `not-run`: every reason, oldest first. */
  reasons: z.array(z.string()).optional(),
})

export type ModuleResult = z.infer<typeof moduleResultSchema>

/** What dashboards show of a job that failed with this result: its `failedReason`. */
export function failedReasonOf({ verdict, reasons = [] }: ModuleResult): string {
  return reasons.length === 0 ? verdict : `${verdict}: ${reasons.join('; ')}`
}

/**
 * The result of a job that has failed. BullMQ, or somebody with a dashboard, may have failed it instead: then there is
 * only a reason, in plain text; the module has failed if an attempt of ours had failed before. Pure.
 * @param stored - the job's `result`: JSON, or whatever else somebody wrote there
 * @param failedReason - in BullMQ's words or ours
 */
export function resultOfFailedJob(module: string, stored: string | null, failedReason: string): ModuleResult {
  const own = parseResult(stored)
  if (own && failedReason === failedReasonOf(own)) return own
  const reason = failedReason || 'BullMQ failed its job without a reason'
  if (!own) return { module, verdict: 'lost', attempts: 0, reasons: [reason] }
  return { ...own, verdict: 'failed', reasons: [...(own.reasons ?? []), reason] }
}

/**
 * The result of a job that has completed. Pure.
 * @param module - whose job it is; '' if that is unknown
 * @param returned - the job's return value: JSON, or whatever else somebody wrote there
 */
export function resultOfCompletedJob(module: string, returned: string): ModuleResult {
  const own = parseResult(returned)
  if (own && (module === '' || own.module === module)) return own
  return {
    module,
    verdict: 'lost',
    attempts: 0,
    reasons: ['its job completed, but what was recorded is not its result'],
  }
}

function parseResult(stored: string | null): ModuleResult | undefined {
  try {
    return moduleResultSchema.safeParse(JSON.parse(stored ?? '')).data
  } catch {
    return undefined
  }
}
