import { setTimeout as delay } from 'node:timers/promises'
import { closeRedis } from '../queue/close-redis.js'
import type { Redis } from 'ioredis'
import { BatonError } from '../error/baton-error.js'
import { backoffMs } from '../process/backoff.js'
import { answerTimeoutMs, openRedis, tryRedis } from './open-redis.js'

export interface RedisWait {
  /** Milliseconds until it gives up; 0: at once, Infinity: never. */
  giveUpAfterMs: number
  /** Aborted to stop waiting. */
  signal: AbortSignal
  /** Called with a line at once, then rarely. */
  log: (line: string) => void
}

const retries = { firstMs: 100, maxMs: 2_000 }

/** Milliseconds between two lines about a Redis that is still not there. */
export const reminderMs = 60_000

/**
 * Connects for the first time, and waits for a Redis that is not there yet. One that is there but can't be used is an error at once, e.g.
 * because it rejects the password.
 * @returns the connection
 * @throws BatonError BATON_REDIS if it can't be used, or if it is still not there after `giveUpAfterMs`
 * @throws the signal's reason if that aborts first
 */
export async function waitForRedis(url: string, wait: RedisWait): Promise<Redis> {
  const { giveUpAfterMs, signal, log } = wait
  const startedAt = performance.now()
  let loggedAt = Number.NEGATIVE_INFINITY
  let lastError: BatonError | undefined
  for (let failures = 1; ; failures++) {
    // Another one each time: ioredis hides the errors of a connection that was closed before.
    const redis = openRedis(url)
    const leftMs = giveUpAfterMs === 0 ? Infinity : startedAt + giveUpAfterMs - performance.now()
    const failure = await tryRedis(redis, url, Math.max(1, Math.min(answerTimeoutMs, leftMs)))
    if (signal.aborted) closeRedis(redis)
    signal.throwIfAborted()
    const now = performance.now()
    if (!failure) {
      if (failures > 1) log(`Redis is there, after ${formatWait(now - startedAt)}`)
      return redis
    }
    const { isAbsent } = failure
    if (!isAbsent || giveUpAfterMs === 0) throw failure.error
    // An attempt that the bound cut short knows less than the one before.
    const error: BatonError = leftMs < answerTimeoutMs ? (lastError ?? failure.error) : failure.error
    lastError = error
    const pauseMs = backoffMs(failures, retries)
    if (now + pauseMs >= startedAt + giveUpAfterMs) throw gaveUp(error, giveUpAfterMs)
    if (now - loggedAt >= reminderMs) {
      const limit = giveUpAfterMs === Infinity ? '' : `, up to ${formatWait(giveUpAfterMs)}`
      log(`${withoutPeriod(error)}; ${failures > 1 ? 'still ' : ''}waiting for it${limit}`)
      loggedAt = now
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
  }
}

function gaveUp(error: BatonError, giveUpAfterMs: number): BatonError {
  const { hint } = error
  const message = `${withoutPeriod(error)}; gave up after ${formatWait(giveUpAfterMs)}.`
  return new BatonError('BATON_REDIS', message, hint === undefined ? {} : { hint })
}

function withoutPeriod({ message }: Error): string {
  return message.replace(/\.$/, '')
}

/** `0.2 s`, `75 s` */
export function formatWait(ms: number): string {
  return `${ms < 10_000 ? Number((ms / 1000).toFixed(1)) : Math.round(ms / 1000)} s`
}
