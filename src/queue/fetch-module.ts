import { UnrecoverableError, type Job } from 'bullmq'
import { z } from 'zod'
import { moduleJobSchema, type ModuleJob, type ModuleResult } from './module-job.js'
import type { QueueClient } from './queue-client.js'

/** A job that a lease has fetched and not finished yet. */
export interface FetchedModule {
  readonly queue: string
  /** The lease is the job's lock token: unique for each attempt, so that no zombie completes a later one. */
  readonly lease: string
  readonly job: Job<ModuleJob, ModuleResult>
  readonly data: ModuleJob
  /** 1 for the first; failures of infrastructure don't count. */
  readonly attempt: number
  /** Set where BullMQ gave the job up: it must be failed with this, not executed. */
  readonly deferredFailure: string | undefined
}

/** Takes the next job of a queue, by hand and without blocking. */
export async function fetchModule(
  client: QueueClient,
  queue: string,
  lease: string,
): Promise<FetchedModule | undefined> {
  // BullMQ says Promise<Job>, and resolves with undefined where nothing waits.
  const job: Job<ModuleJob, ModuleResult> | undefined = await client.worker(queue).getNextJob(lease, { block: false })
  if (!job?.id) return undefined
  const parsed = moduleJobSchema.safeParse(job.data)
  if (!parsed.success) {
    // Nobody could execute it: it ends here, and its follower reads why.
    await job.moveToFailed(new UnrecoverableError(`not a module: ${z.prettifyError(parsed.error)}`), lease, false)
    return undefined
  }
  return {
    queue,
    lease,
    job,
    data: parsed.data,
    attempt: job.attemptsMade + 1,
    deferredFailure: job.deferredFailure || undefined,
  }
}
