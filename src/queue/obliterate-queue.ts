import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** Removes a queue with all its jobs, waiting, active and finished. */
export async function obliterateQueue(redis: Redis, prefix: string, queue: string): Promise<void> {
  const bull = new Queue(queue, { connection: redis, prefix, skipVersionCheck: true, skipMetasUpdate: true })
  bull.on('error', () => {
    // Shared connection: its owner listens, and the call below rejects.
  })
  try {
    await bull.obliterate({ force: true })
  } finally {
    await bull.close()
  }
}
