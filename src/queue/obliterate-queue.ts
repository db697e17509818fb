import type { Redis } from 'ioredis'
import { errorMessage } from '../error/error-text.js'
import { bullmq } from './bullmq.js'

const maxAttempts = 5

/** Removes a queue with all its jobs, waiting, active and finished. */
export async function obliterateQueue(redis: Redis, prefix: string, queue: string): Promise<void> {
  const bull = new bullmq.Queue(queue, { connection: redis, prefix, skipVersionCheck: true, skipMetasUpdate: true })
  bull.on('error', () => {
    // Shared connection: its owner listens, and the call below rejects.
  })
  try {
    for (let attempt = 1; ; attempt++) {
      const failure = await bull.obliterate({ force: true }).catch((error: unknown) => error)
      if (failure === undefined) return
      // Another process has removed the queue after this one had paused it.
      if (attempt === maxAttempts || !errorMessage(failure).includes('non-paused queue')) throw failure
    }
  } finally {
    await bull.close()
  }
}
