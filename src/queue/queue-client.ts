import type { RedisQueueBackend, Worker, WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { LruMap } from '../process/lru-map.js'
import { bullmq } from './bullmq.js'
import type { ModuleJob } from './module-job.js'
import type { ModuleResult } from './module-result.js'

export interface QueueClientOptions {
  /** The farm's prefix, one hash tag: `{baton}`. */
  prefix: string
  /** Shown by dashboards as who processed a job. */
  name: string
  /** Milliseconds between two checks of a queue for stalled jobs, whichever host makes them. */
  stalledMs: number
}

/**
 * Milliseconds that a fetched job stays locked unless its lease is renewed. The end of its lease ends the lock, whatever is left of it: a
 * lock expires by Redis's clock, which someone may set, so it lasts far longer than any lease.
 */
export const jobLockMs = 24 * 3_600_000

/** About as many queues as a host uses at a time. */
const MAX_WORKERS = 256

export type ModuleWorker = Worker<ModuleJob, ModuleResult>

/**
 * BullMQ on one connection that it doesn't own: workers that fetch by hand, one for each queue. A plain BullMQ worker opens a
 * blocking connection for each queue and fetches jobs before devices are there.
 */
export class QueueClient {
  readonly prefix: string
  readonly #backend: RedisQueueBackend
  readonly #options: WorkerOptions
  readonly #workers = new LruMap<string, ModuleWorker>(MAX_WORKERS)

  constructor(
    readonly redis: Redis,
    options: QueueClientOptions,
  ) {
    this.prefix = options.prefix
    this.#options = {
      connection: redis,
      prefix: options.prefix,
      name: options.name,
      autorun: false,
      skipVersionCheck: true,
      lockDuration: jobLockMs,
      stalledInterval: options.stalledMs,
      // A host that dies is not the module's fault. Baton has its own limit: MAX_INFRA_FAILURES.
      maxStalledCount: 1_000_000,
    }
    // Each queue adds listeners to the one connection. Not 0: BullMQ adds to the number, and 3 is fewer than none.
    redis.setMaxListeners(Infinity)
    this.#backend = bullmq.createRedisBackend('baton', this.#options)
    this.#backend.on('error', () => {
      // The connection's owner listens itself; without a listener here Node would throw.
    })
  }

  worker(queue: string): ModuleWorker {
    const worker = this.#workers.get(queue) ?? this.#newWorker(queue)
    this.#workers.set(queue, worker)
    // Nothing to close: a worker has neither a connection nor a timer of its own.
    this.#workers.evict()
    return worker
  }

  #newWorker(queue: string): ModuleWorker {
    return new bullmq.Worker<ModuleJob, ModuleResult>(queue, null, this.#options, name => this.#sharedBackend(name))
  }

  /** Resolves when BullMQ's scripts are loaded. */
  async ready(): Promise<void> {
    await this.#backend.waitUntilReady()
  }

  #sharedBackend(queue: string): RedisQueueBackend {
    // Declared as the interface; it is a RedisQueueBackend on this one's connection.
    return this.#backend.forQueue(queue, this.prefix) as RedisQueueBackend
  }
}
