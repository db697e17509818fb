import type { RoleSession } from '../worker-messages.js'
import { realNow } from '../real-time.js'

/** Which devices' networks a module has changed, so that they can be put back. */
export class NetworkUse {
  #test: object | undefined
  #startedAt = realNow()
  readonly #used = new Map<string, RoleSession>()

  /** @param restore - undoes what a test did to the network of a device */
  constructor(private readonly restore: (session: RoleSession) => Promise<unknown>) {}

  /** Whether a test runs, or a `beforeEach` or `afterEach` hook of it. */
  get isInTest(): boolean {
    return this.#test !== undefined
  }

  /** Milliseconds since the test began, with its hooks. */
  get sinceTestMs(): number {
    return realNow() - this.#startedAt
  }

  use(session: RoleSession): void {
    this.#used.set(session.role, session)
  }

  /**
   * A test or hook is about to start.
   * @param test - the test that it belongs to, if any
   * @returns resolves when what another test did to the network is undone; undefined: there is nothing to undo
   */
  enter(test: object | undefined): Promise<void> | undefined {
    if (test !== undefined && test === this.#test) return undefined
    this.#test = test
    if (this.#used.size === 0) {
      this.#startedAt = realNow()
      return undefined
    }
    return this.#restore()
  }

  /** Never rejects: a device that can't be reached is noticed by the next command. */
  async #restore(): Promise<void> {
    const sessions = [...this.#used.values()]
    this.#used.clear()
    await Promise.all(sessions.map(session => this.restore(session).catch(() => {})))
    this.#startedAt = realNow()
  }
}
