import type { FetchedModule } from './fetch-module.js'

/**
 * Puts a job back where it was, in front of its equals; no attempt is spent.
 * @throws where the job's lock is lost
 */
export async function requeueModule(fetched: FetchedModule): Promise<void> {
  await fetched.job.moveToWait(fetched.lease)
}
