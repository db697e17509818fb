import type { FetchedModule } from './fetch-module.js'
import type { QueueClient } from './queue-client.js'

/**
 * Puts a job back into its queue, ahead of jobs with the same priority. No attempt is used up.
 * @throws if the job's lock is lost
 */
export async function requeueModule(fetched: FetchedModule): Promise<void> {
  await fetched.job.moveToWait(fetched.lease)
}

/**
 * BullMQ's own check for stalled jobs: active jobs whose lock is gone wait again.
 * @returns how many jobs wait again; also 0 if another host made this check a moment ago
 */
export async function requeueStalled(client: QueueClient, queue: string): Promise<number> {
  const jobs = await client.worker(queue).getBackend().moveStalledJobsToWait()
  return jobs.length
}
