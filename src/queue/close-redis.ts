import type { Redis } from 'ioredis'

/** Closes a connection for good; commands without a reply reject. */
export function closeRedis(redis: Redis): void {
  // A second `disconnect` of ioredis would keep the process alive for two seconds.
  if (redis.status === 'end') return
  const isReconnecting = redis.status === 'reconnecting'
  redis.disconnect()
  if (!isReconnecting) return
  // ioredis forgets the commands that wait for its next attempt to connect. An attempt that fails rejects them.
  redis.connect().catch(() => {})
  redis.disconnect()
}
