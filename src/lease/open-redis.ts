import { once } from 'node:events'
import { Redis } from 'ioredis'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { withTimeout } from '../process/deadline.js'

/**
 * A connection to the farm's Redis, not yet connected. It reconnects by itself.
 * @param url - `redis://host:6379/0`, `rediss://…` or `unix:///path/to/socket`
 */
export function openRedis(url: string): Redis {
  const options = { lazyConnect: true, maxRetriesPerRequest: null }
  const socket = /^unix:\/\/(.+)$/.exec(url)?.[1]
  const redis = socket === undefined ? new Redis(url, options) : new Redis({ ...options, path: socket })
  // Commands reject by themselves; without a listener each reconnection would be printed.
  redis.on('error', () => {})
  return redis
}

/**
 * Connects for the first time. It does not wait for a Redis to appear, which would only hide a wrong address.
 * @param timeoutMs - milliseconds to wait for a Redis that accepts the connection but does not answer
 * @throws BatonError BATON_REDIS if it cannot be reached
 */
export async function connectRedis(redis: Redis, url: string, timeoutMs = 10_000): Promise<void> {
  // ioredis rejects with 'Connection is closed.' alone; the cause goes to its listeners.
  let reason: Error | undefined
  const listen = (error: Error): void => void (reason ??= error)
  redis.on('error', listen)
  try {
    await withTimeout(redis.connect(), timeoutMs, () => {
      throw new Error(`no answer within ${timeoutMs} ms`)
    })
  } catch (error) {
    redis.disconnect()
    const cause = reason ?? error
    const why = errorMessage(cause)
    throw new BatonError('BATON_REDIS', `Redis at ${withoutPassword(url)} cannot be reached: ${why}.`, {
      hint: 'check that it is running there. Without --redis and "redis" in devices.json, a run starts its own',
      cause,
    })
  } finally {
    redis.off('error', listen)
  }
}

/** Resolves when a connection is lost that is there now; at once if there is none. */
export async function disconnected(redis: Redis, signal: AbortSignal): Promise<void> {
  if (redis.status !== 'ready') return
  await once(redis, 'close', { signal }).catch(() => {})
}

/** A second `disconnect` of ioredis would keep the process alive for two seconds. */
export function closeRedis(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect()
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@')
}
