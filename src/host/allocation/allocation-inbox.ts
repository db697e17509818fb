import type { Redis } from 'ioredis'
import { closeRedis } from '../../queue/close-redis.js'
import { blockMs } from '../../queue/follow-results.js'
import { inboxMessageSchema, type InboxMessage } from '../../lease/protocol/inbox-message.js'

/** Backoff after a failed blocking read. Milliseconds. */
const RETRY_MS = 100

/** Waits for a host's messages on a connection of its own. */
export class AllocationInbox {
  #closed = false
  #done: Promise<void> = Promise.resolve()

  constructor(
    private readonly redis: Redis,
    private readonly receive: (message: InboxMessage) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  open(key: string): void {
    this.#done = this.#read(key)
  }

  close(): void {
    this.#closed = true
    closeRedis(this.redis)
  }

  /** Replaces the connection: it may be dead without an error. */
  reconnect(): void {
    this.redis.disconnect(true)
  }

  /** Resolves when nothing more will be received. */
  async closed(): Promise<void> {
    await this.#done
  }

  async #read(key: string): Promise<void> {
    for (;;) {
      try {
        const popped = await this.redis.blpop(key, blockMs / 1000)
        if (popped) this.receive(inboxMessageSchema.parse(JSON.parse(popped[1])))
      } catch (error) {
        if (this.#closed) return
        this.onError(error)
        await new Promise(resolve => setTimeout(resolve, RETRY_MS))
      }
      if (this.#closed) return
    }
  }
}
