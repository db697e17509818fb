import {
  matchesMessage,
  type MessageMatch,
  type MessageState,
  type NetworkMessage,
} from '../../script/network/network-message.js'

/** More than a test looks at; the oldest are forgotten. */
const maxEntries = 2_000

interface Entry {
  position: number
  message: NetworkMessage
}

/** What somebody waits for: the nth message that has passed, or any that a rule holds. */
export type AwaitedMessage =
  | { match: MessageMatch; nth: number; after: number; since: number }
  /** The rule that holds it. */
  | { heldBy: string }

interface Waiter {
  wanted: AwaitedMessage
  resolve: (message: NetworkMessage | undefined) => void
}

/** The latest messages of a device, and who waits for which. */
export class MessageLog {
  #entries: Entry[] = []
  #position = 0
  readonly #heldBy = new Map<string, NetworkMessage>()
  readonly #waiters = new Set<Waiter>()

  /** Grows with each message. */
  get position(): number {
    return this.#position
  }

  /** @returns to be called once it is known what becomes of the message; returns its second argument */
  add(message: NetworkMessage): <T>(state: MessageState, result: T) => T {
    this.#position += 1
    this.#entries.push({ position: this.#position, message })
    // Not each time: removing the first of many is slow.
    if (this.#entries.length > 2 * maxEntries) this.#entries = this.#entries.slice(-maxEntries)
    return (state, result) => {
      message.state = state
      if (this.#waiters.size > 0) this.#notify()
      return result
    }
  }

  /** A rule holds the message from now on. */
  held(message: NetworkMessage, rule: string): void {
    message.state = 'held'
    if (!this.#heldBy.has(rule)) this.#heldBy.set(rule, message)
    this.#notify()
  }

  /**
   * @param match - undefined: all
   * @param since - milliseconds since the epoch
   */
  messages(match: MessageMatch | undefined, since: number): NetworkMessage[] {
    const entries = this.#entries.slice(-maxEntries).map(({ message }) => message)
    return entries.filter(message => message.at >= since && (match === undefined || matchesMessage(match, message)))
  }

  /**
   * Waits for a message.
   * @param timeoutMs - milliseconds
   * @returns undefined if none came in time
   */
  async waitFor(wanted: AwaitedMessage, timeoutMs: number): Promise<NetworkMessage | undefined> {
    const found = this.#find(wanted)
    if (found) return found
    let waiter: Waiter | undefined
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise(resolve => {
        waiter = { wanted, resolve }
        this.#waiters.add(waiter)
        timer = setTimeout(() => resolve(undefined), timeoutMs)
      })
    } finally {
      clearTimeout(timer)
      if (waiter) this.#waiters.delete(waiter)
    }
  }

  /** Forgets all messages; nobody waits any longer. */
  clear(): void {
    this.#entries = []
    this.#heldBy.clear()
    for (const { resolve } of this.#waiters) resolve(undefined)
    this.#waiters.clear()
  }

  #notify(): void {
    for (const waiter of this.#waiters) {
      const found = this.#find(waiter.wanted)
      if (found) waiter.resolve(found)
    }
  }

  #find(wanted: AwaitedMessage): NetworkMessage | undefined {
    if ('heldBy' in wanted) return this.#heldBy.get(wanted.heldBy)
    const passed = this.#entries.filter(
      ({ position, message }) =>
        position > wanted.after &&
        message.state === 'passed' &&
        message.at >= wanted.since &&
        matchesMessage(wanted.match, message),
    )
    return passed[wanted.nth - 1]?.message
  }
}
