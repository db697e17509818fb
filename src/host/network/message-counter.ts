import { noCounts, type MessageCounts } from '../../script/network/message-control-protocol.js'

/** What becomes of one request; each method counts once. */
export interface CountedExchange {
  /** It went to the server. */
  sent(): void
  /** The server answers it, or never will. */
  answered(): void
  /** Its response goes to the device, or none ever will. */
  ended(): void
}

/** Counts what a device and its proxy see of each other, to compare it with what the page has seen. */
export class MessageCounter {
  readonly counts = noCounts()
  /** Requests at the server. */
  unanswered = 0

  /** @param onChange - called after each change */
  constructor(private readonly onChange: () => void) {}

  add(what: keyof MessageCounts): void {
    this.counts[what] += 1
    this.onChange()
  }

  /** A request of the device has arrived. */
  exchange(): CountedExchange {
    this.add('requests')
    return {
      sent: once(() => this.#changeUnanswered(1)),
      answered: once(() => this.#changeUnanswered(-1)),
      ended: once(() => this.add('responses')),
    }
  }

  #changeUnanswered(by: number): void {
    this.unanswered += by
    this.onChange()
  }
}

/** A request that is not compared. */
export const uncounted: CountedExchange = { sent: () => {}, answered: () => {}, ended: () => {} }

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    act()
  }
}
