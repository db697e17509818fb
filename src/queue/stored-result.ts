import type { Redis } from 'ioredis'
import { bullNames, jobKey } from './key-names.js'
import { moduleOfJobId } from './module-job.js'
import { resultOfCompletedJob, resultOfFailedJob, type ModuleResult } from './module-result.js'

export interface EndedJob {
  queue: string
  jobId: string
  state: 'completed' | 'failed'
}

/** The result of a module as it is stored with its job. */
export async function storedResult(
  redis: Redis,
  prefix: string,
  { queue, jobId, state }: EndedJob,
): Promise<ModuleResult> {
  const module = moduleOfJobId(jobId)
  const { returnValueField, resultField, failedReasonField } = bullNames
  const [returned, result, reason] = await redis.hmget(
    jobKey(prefix, queue, jobId),
    returnValueField,
    resultField,
    failedReasonField,
  )
  if (state === 'completed') return resultOfCompletedJob(module, returned ?? '')
  return resultOfFailedJob(module, result ?? null, reason ?? '')
}
