import type { Redis } from 'ioredis'

/**
 * What one batch of replies brings about is sent in one piece: a write to the socket costs a busy host as much as a command, and so does
 * each read in Redis.
 */
export function sendTogether(redis: Redis): void {
  const arm = (): void => {
    const { stream } = redis
    stream.prependListener('data', () => {
      stream.cork()
      setImmediate(() => stream.uncork())
    })
  }
  if (redis.status === 'connect' || redis.status === 'ready') arm()
  redis.on('connect', arm)
}
