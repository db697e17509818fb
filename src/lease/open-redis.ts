import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import type * as IoRedis from 'ioredis'
import type { Redis } from 'ioredis'
import { parseRedisUrl, type RedisAddress } from '../device/redis-url.js'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { withTimeout } from '../process/deadline.js'
import { closeRedis } from '../queue/close-redis.js'
import { redisProblem } from './redis-problem.js'
import { unusableServer } from './redis-server-info.js'

/** Required, because importing CommonJS takes twice as long: see `bullmq`. */
const ioredis = createRequire(import.meta.url)('ioredis') as typeof IoRedis

/**
 * Milliseconds that Redis may leave a command unanswered. After that the connection counts as dead, e.g. because a router has
 * dropped it silently: it is replaced, and the command is sent again. Blocking reads end long before: see `blockMs`.
 */
const unansweredMs = 10_000

/**
 * A connection to the farm's Redis, not yet connected. It reconnects by itself, also if Redis no longer answers.
 * @param url - see `parseRedisUrl`
 * @param patienceMs - milliseconds that Redis may leave a command unanswered; default 10,000
 * @throws BatonError BATON_USAGE if it is not such a URL
 */
export function openRedis(url: string, patienceMs = unansweredMs): Redis {
  const { target, tls, shown: _, farm: __, sentinel, certificates, ...login } = addressOf(url)
  const redis = new ioredis.Redis({
    ...(sentinel ? sentinelOptions(sentinel) : target),
    // The name is misleading: this is about the primary; `sentinelTLS` is about the Sentinels.
    enableTLSForSentinelMode: tls,
    ...login,
    ...(tls && { tls: readCertificates(certificates) }),
    ...(tls && sentinel && { sentinelTLS: readCertificates(certificates) }),
    // A primary that becomes a replica ends commands that wait. After a failover, it may still be there.
    reconnectOnError: ({ message }) =>
      message.startsWith('UNBLOCKED') || (sentinel !== undefined && message.startsWith('READONLY')) ? 2 : false,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    socketTimeout: patienceMs,
  })
  redis.on('error', (error: Error) => {
    // ioredis would continue in database 0, which belongs to another farm.
    if (isSelectError(error)) redis.disconnect(true)
    // Commands reject by themselves; without a listener each reconnection would be printed.
  })
  return redis
}

function sentinelOptions({ name, sentinels, username, password }: NonNullable<RedisAddress['sentinel']>) {
  return {
    name,
    sentinels,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
  }
}

/** The farm's prefix: farms that share a Redis differ in it. */
export function prefixOf(url: string): { prefix?: string } {
  const { farm } = addressOf(url)
  return farm === undefined ? {} : { prefix: `{baton-${farm}}` }
}

function readCertificates(files: RedisAddress['certificates'] = {}): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      try {
        return [name, readFileSync(file)]
      } catch (error) {
        throw new BatonError('BATON_USAGE', `the URL of Redis: ${name} cannot be read: ${errorMessage(error)}.`)
      }
    }),
  )
}

function addressOf(url: string): RedisAddress {
  const address = parseRedisUrl(url)
  if (!('problem' in address)) return address
  throw new BatonError('BATON_USAGE', `the URL of Redis: ${address.problem}.`)
}

function isSelectError({ message }: Error): boolean {
  return /DB index|SELECT is not allowed/i.test(message)
}

/** Milliseconds before each further attempt to connect for the first time. */
const retryDelaysMs = [50, 200, 500]
/** Milliseconds that Redis may leave the first command unanswered. */
export const answerTimeoutMs = 10_000
/** What may be different a moment later, although a Redis is there. */
const transient = /ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EAI_AGAIN|Connection is closed|\bLOADING\b/
/** What a Redis that starts later, or whose network does, looks like. ENOTFOUND is not among them: it is a wrong name. */
const absent =
  /ECONNREFUSED|ENOENT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|no answer within|sentinels are unreachable/i

/**
 * Connects for the first time. A connection that breaks is tried again, but a Redis that is not there is not waited for, which
 * would only hide a wrong address.
 * @param timeoutMs - milliseconds to wait for a Redis that accepts the connection but does not answer
 * @throws BatonError BATON_REDIS if it cannot be reached or used
 */
export async function connectRedis(redis: Redis, url: string, timeoutMs = answerTimeoutMs): Promise<void> {
  const failure = await tryRedis(redis, url, timeoutMs)
  if (failure) throw failure.error
}

export interface RedisFailure {
  error: BatonError
  /** It may only be late. False if something is there that can't be used. */
  isAbsent: boolean
}

/** Like `connectRedis`. @returns why it can't be used */
export async function tryRedis(redis: Redis, url: string, timeoutMs: number): Promise<RedisFailure | undefined> {
  const deadline = performance.now() + timeoutMs
  for (let attempt = 0; ; attempt++) {
    const cause = await tryToConnect(redis, deadline - performance.now(), timeoutMs)
    if (!cause) return undefined
    const delayMs = retryDelaysMs[attempt]
    const isFinal = delayMs === undefined || performance.now() + delayMs >= deadline
    const text = `${codeOf(cause)} ${cause.message}`
    if (isFinal || !transient.test(text)) return failureOf(url, cause, text)
    await delay(delayMs)
  }
}

function failureOf(url: string, cause: Error, text: string): RedisFailure {
  const error = redisProblem(addressOf(url), cause)
  const isKnownProblem = !error.message.includes(' cannot be reached: ')
  return {
    error,
    isAbsent: /\bLOADING\b/.test(text) || (!isKnownProblem && (transient.test(text) || absent.test(text))),
  }
}

/** @returns why it failed */
async function tryToConnect(redis: Redis, leftMs: number, timeoutMs: number): Promise<Error | undefined> {
  // ioredis rejects with 'Connection is closed.' alone; the cause goes to its listeners.
  let reason: Error | undefined
  const listen = (error: Error): void => void (reason ??= error)
  redis.on('error', listen)
  const { retryStrategy } = redis.options
  // Otherwise ioredis would try as well. Ending that with `disconnect` would also end the first connection that breaks later.
  redis.options.retryStrategy = () => null
  try {
    await withTimeout(redis.connect(), leftMs, () => {
      throw new Error(`no answer within ${Math.round(timeoutMs)} ms`)
    })
    redis.options.retryStrategy = retryStrategy
    const problem = unusableServer(await redis.info().catch(() => ''))
    if (problem === undefined) return undefined
    throw new Error(problem)
  } catch (error) {
    closeRedis(redis)
    return reason ?? (error instanceof Error ? error : new Error(String(error)))
  } finally {
    redis.options.retryStrategy = retryStrategy
    redis.off('error', listen)
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

/** Resolves when a connection is lost that is there now; at once if there is none. */
export async function disconnected(redis: Redis, signal: AbortSignal): Promise<void> {
  if (redis.status !== 'ready') return
  await once(redis, 'close', { signal }).catch(() => {})
}
