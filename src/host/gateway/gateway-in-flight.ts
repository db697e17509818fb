import { compareLeases, type Lease } from './gateway-token.js'

interface Passage {
  lease: Lease
  ended: Promise<void>
}

/** Commands and BiDi connections that were let through to one device and have not ended. */
export class InFlight {
  readonly #passages = new Set<Passage>()

  /** Counts one in. @returns what counts it out again */
  enter(lease: Lease): () => void {
    let end = () => {}
    const passage: Passage = { lease, ended: new Promise(resolve => (end = resolve)) }
    this.#passages.add(passage)
    return () => {
      this.#passages.delete(passage)
      end()
    }
  }

  get count(): number {
    return this.#passages.size
  }

  /**
   * Waits until nothing of the leases before `fence` is under way.
   * @param deadlineMs - milliseconds after which it is given up
   * @returns whether that came in time
   */
  async drained(fence: Lease, deadlineMs: number): Promise<boolean> {
    const old = [...this.#passages].filter(({ lease }) => compareLeases(lease, fence) < 0)
    if (old.length === 0) return true
    let deadline: NodeJS.Timeout | undefined
    const late = new Promise<false>(resolve => (deadline = setTimeout(() => resolve(false), deadlineMs)))
    const ended = Promise.all(old.map(async ({ ended }) => ended)).then((): true => true)
    const outcome = await Promise.race([ended, late])
    clearTimeout(deadline)
    return outcome
  }
}
