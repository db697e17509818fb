import { compareLeases, type LeaseId } from './gateway-token.js'

interface PendingRequest {
  lease: LeaseId
  ended: Promise<void>
}

/** Commands and BiDi connections that were let through to one device and have not ended. */
export class PendingRequests {
  readonly #requests = new Set<PendingRequest>()

  /** Counts one in. @returns what counts it out again */
  add(lease: LeaseId): () => void {
    let end = () => {}
    const passage: PendingRequest = { lease, ended: new Promise(resolve => (end = resolve)) }
    this.#requests.add(passage)
    return () => {
      this.#requests.delete(passage)
      end()
    }
  }

  get count(): number {
    return this.#requests.size
  }

  /**
   * Waits until nothing of the leases before `fence` is under way.
   * @param deadlineMs - milliseconds after which it is given up
   * @returns whether that came in time
   */
  async drained(fence: LeaseId, deadlineMs: number): Promise<boolean> {
    const old = [...this.#requests].filter(({ lease }) => compareLeases(lease, fence) < 0)
    if (old.length === 0) return true
    let deadline: NodeJS.Timeout | undefined
    const late = new Promise<false>(resolve => (deadline = setTimeout(() => resolve(false), deadlineMs)))
    const ended = Promise.all(old.map(async ({ ended }) => ended)).then((): true => true)
    const outcome = await Promise.race([ended, late])
    clearTimeout(deadline)
    return outcome
  }
}
