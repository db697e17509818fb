import { randomBytes } from 'node:crypto'

/**
 * The secret that the hosts of a farm share, with which gateways verify leases. The first host to join creates it, and all others adopt
 * it. If Redis loses its data, the first host that joins again stores its secret, and all others adopt that one.
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
