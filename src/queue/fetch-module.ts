import type { Job } from 'bullmq'
import { z } from 'zod'
import { bullmq } from './bullmq.js'
import { moduleJobSchema, type ModuleJob } from './module-job.js'
import type { ModuleResult } from './module-result.js'
import type { ModuleWorker, QueueClient } from './queue-client.js'

/** A job that a lease has fetched and not finished yet. */
export interface FetchedModule {
  readonly queue: string
  /** The lease is the job's lock token: unique for each attempt, so that no zombie completes a later one. */
  readonly lease: string
  readonly job: Job<ModuleJob, ModuleResult>
  readonly jobId: string
  /** BullMQ's operations on the queue, for what a `Job` has no method for. */
  readonly backend: ReturnType<ModuleWorker['getBackend']>
  readonly data: ModuleJob
  /** 1 for the first; failures of infrastructure don't count. */
  readonly attempt: number
  /** Set if BullMQ gave the job up: the module must be given up for this reason, not run. */
  readonly deferredFailure: string | undefined
}

/** Takes the next job of a queue, by hand and without blocking. */
export async function fetchModule(
  client: QueueClient,
  queue: string,
  lease: string,
): Promise<FetchedModule | undefined> {
  const worker = client.worker(queue)
  // BullMQ's type is Promise<Job>, but it resolves with undefined if nothing waits.
  const job: Job<ModuleJob, ModuleResult> | undefined = await worker.getNextJob(lease, { block: false })
  if (!job?.id) return undefined
  const parsed = moduleJobSchema.safeParse(job.data)
  if (!parsed.success) {
    // No host could run it, so it fails here, and followers of the run see why.
    await job.moveToFailed(
      new bullmq.UnrecoverableError(`not a module: ${z.prettifyError(parsed.error)}`),
      lease,
      false,
    )
    return undefined
  }
  return {
    queue,
    lease,
    job,
    jobId: job.id,
    backend: worker.getBackend(),
    data: parsed.data,
    attempt: job.attemptsMade + 1,
    deferredFailure: job.deferredFailure || undefined,
  }
}
