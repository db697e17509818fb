import type { MessagePattern } from './message-pattern.js'
import type { NetworkMessage } from './network-message.js'

/** When held messages are released: a message of the same device, or whatever ends. */
export type ReleaseCondition = MessagePattern | PromiseLike<unknown> | (() => unknown)

interface HoldActs {
  release: () => Promise<number>
  arrived: () => Promise<NetworkMessage>
  seen: (pattern: MessagePattern) => Promise<unknown>
}

/** Messages that the proxy of a device holds from now on, until they are released or the test ends. */
export class HeldMessages {
  readonly #acts: HoldActs

  constructor(acts: HoldActs) {
    this.#acts = acts
  }

  /** Waits until a message is held. @returns the first one */
  async arrived(): Promise<NetworkMessage> {
    return this.#acts.arrived()
  }

  /** Lets the messages pass, in their order, and holds no more. @returns how many were held */
  async release(): Promise<number> {
    return this.#acts.release()
  }

  async #releaseAfter(met: Promise<unknown>): Promise<void> {
    try {
      await met
    } finally {
      // The test may have ended.
      await this.#acts.release().catch(() => {})
    }
  }

  /**
   * Releases the messages once something has happened. Returns at once; a condition that fails, fails the test.
   * @param condition - a message of the same device that passes after the hold began, a promise, or a function that is
   *   called now
   */
  until(condition: ReleaseCondition): void {
    const isPattern = typeof condition === 'string' || (typeof condition === 'object' && !('then' in condition))
    const met = isPattern ? this.#acts.seen(condition).catch(ignoreTestEnd) : settle(condition)
    // Not awaited: a rejection is an uncaught error of the test.
    void this.#releaseAfter(met)
  }
}

/** What `hold` returns, before the host has answered. Await it. */
export class PendingHold implements PromiseLike<HeldMessages> {
  readonly #added: Promise<HeldMessages>

  constructor(added: Promise<HeldMessages>) {
    this.#added = added
  }

  // eslint-disable-next-line unicorn/no-thenable -- hold() can be awaited, and chained without
  then: PromiseLike<HeldMessages>['then'] = (fulfilled, rejected) => this.#added.then(fulfilled, rejected)

  /** As `HeldMessages.until`. @returns resolves when the messages are held */
  async until(condition: ReleaseCondition): Promise<HeldMessages> {
    const held = await this.#added
    held.until(condition)
    return held
  }
}

async function settle(condition: PromiseLike<unknown> | (() => unknown)): Promise<unknown> {
  return await (typeof condition === 'function' ? condition() : condition)
}

/** The test has ended before, and with it the hold. */
function ignoreTestEnd(): void {}
