import type { QueueClient } from './queue-client.js'

/**
 * BullMQ's own pass over a queue: active jobs whose lock is gone wait again.
 * @returns how many jobs wait again; 0 as well where another host made the pass a moment ago
 */
export async function requeueStalled(client: QueueClient, queue: string): Promise<number> {
  const jobs = await client.worker(queue).getBackend().moveStalledJobsToWait()
  return jobs.length
}
