import type { FetchedModule } from './fetch-module.js'
import type { QueueClient } from './queue-client.js'

/**
 * Puts a job back where it was, in front of its equals; no attempt is spent.
 * @throws where the job's lock is lost
 */
export async function requeueModule(fetched: FetchedModule): Promise<void> {
  await fetched.job.moveToWait(fetched.lease)
}

/**
 * BullMQ's own pass over a queue: active jobs whose lock is gone wait again.
 * @returns how many jobs wait again; 0 as well where another host made the pass a moment ago
 */
export async function requeueStalled(client: QueueClient, queue: string): Promise<number> {
  const jobs = await client.worker(queue).getBackend().moveStalledJobsToWait()
  return jobs.length
}
