import type { Redis } from 'ioredis'
import { formatWait, reminderMs } from '../lease/wait-for-redis.js'

export interface RedisOutageOptions {
  /** Milliseconds without Redis until the host gives up; Infinity: never. */
  giveUpAfterMs: number
  /** Called with a line when Redis goes away, rarely until it is back, and then. */
  log: (line: string) => void
  onGiveUp: () => void
}

/** Reports that a connection is lost, which ioredis restores by itself, and gives up if that takes too long. */
export class RedisOutage {
  #since: number | undefined
  #reminder: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  constructor(
    private readonly redis: Pick<Redis, 'on' | 'off'>,
    private readonly options: RedisOutageOptions,
  ) {
    redis.on('reconnecting', this.#onLost)
    redis.on('ready', this.#onReady)
  }

  close(): void {
    this.redis.off('reconnecting', this.#onLost)
    this.redis.off('ready', this.#onReady)
    this.#clearTimers()
  }

  readonly #onLost = (): void => {
    if (this.#since !== undefined) return
    const { giveUpAfterMs, log, onGiveUp } = this.options
    this.#since = performance.now()
    const limit = giveUpAfterMs === Infinity ? '' : `, up to ${formatWait(giveUpAfterMs)}`
    log(`lost the connection to Redis; waiting for it${limit}`)
    this.#reminder = setInterval(() => log(`still waiting for Redis, for ${this.#duration()}`), reminderMs)
    if (giveUpAfterMs === Infinity) return
    this.#deadline = setTimeout(() => {
      log(`Redis was away for ${this.#duration()}; giving up`)
      this.#clearTimers()
      onGiveUp()
    }, giveUpAfterMs)
  }

  readonly #onReady = (): void => {
    if (this.#since === undefined) return
    this.options.log(`reconnected to Redis after ${this.#duration()}`)
    this.#clearTimers()
    this.#since = undefined
  }

  #duration(): string {
    return formatWait(performance.now() - (this.#since ?? 0))
  }

  #clearTimers(): void {
    clearInterval(this.#reminder)
    clearTimeout(this.#deadline)
  }
}
