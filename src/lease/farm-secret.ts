import { randomBytes } from 'node:crypto'

/**
 * What the hosts of a farm share, so that a gateway knows a genuine lease. The first host to join makes it, all others adopt it. A
 * Redis that lost its data gets it back from the first host to join again; that decides for all, however many remember another one.
 */
export class FarmSecret {
  #current = randomBytes(32).toString('hex')

  /** Before the host has joined: the one that it offers. */
  get current(): string {
    return this.#current
  }

  /** @param secret - the farm's, as the host learned it by joining */
  adopt(secret: string): void {
    this.#current = secret
  }
}
