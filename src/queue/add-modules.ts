import { redisError } from '../error/baton-error.js'
import type { Redis } from 'ioredis'
import { bullmq } from './bullmq.js'
import { jobIdOf, type ModuleJob } from './module-job.js'
import { priorityOf } from './priority.js'

/** The events of a queue are read by one follower, which may fall behind: nothing is trimmed while the run lasts. */
const MAX_EVENTS = 100_000_000

/** One round trip each: large enough to be quick, small enough not to hold up Redis. */
const BATCH = 500

export interface AddOptions {
  /** How often a failed module runs again; failures of infrastructure don't count. Default 0. */
  retries?: number
  /** Milliseconds before it runs again; default 0: at once, after those that wait. */
  retryDelayMs?: number
}

/**
 * Adds modules to a queue, longest first. Adding one twice changes nothing: the module's id is the job's.
 * @throws BatonError BATON_REDIS if Redis is out of memory
 */
export async function addModules(
  redis: Redis,
  prefix: string,
  queue: string,
  jobs: readonly ModuleJob[],
  { retries = 0, retryDelayMs = 0 }: AddOptions = {},
): Promise<void> {
  const bull = new bullmq.Queue<ModuleJob>(queue, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    streams: { events: { maxLen: MAX_EVENTS } },
  })
  bull.on('error', () => {
    // Shared connection: its owner listens, and the calls below reject.
  })
  try {
    await bull.getVersion() // the limit of events is written before the first job
    for (let start = 0; start < jobs.length; start += BATCH) {
      await bull.addBulk(
        jobs.slice(start, start + BATCH).map(job => ({
          name: job.file,
          data: job,
          opts: {
            jobId: jobIdOf(job.module),
            attempts: retries + 1,
            backoff: retryDelayMs,
            priority: priorityOf(job.expectedMs),
            stackTraceLimit: 0,
          },
        })),
      )
    }
  } catch (error) {
    throw redisError(error)
  } finally {
    await bull.close()
  }
}
