import { withTimeout } from '../../process/deadline.js'
import { compareLeases, type LeaseId } from './gateway-token.js'

interface PendingRequest {
  lease: LeaseId
  ended: Promise<void>
  end: () => void
  /** Absent: it ends by itself soon after the session. */
  onSessionClosed?: (() => void) | undefined
}

/** Commands and BiDi connections that were forwarded to one device and have not ended. */
export class PendingRequests {
  readonly #requests = new Set<PendingRequest>()

  /**
   * Adds a request.
   * @param onSessionClosed - called if its session is closed first; the request no longer counts from then on
   * @returns a function that removes it again
   */
  add(lease: LeaseId, onSessionClosed?: () => void): () => void {
    let resolve = () => {}
    const ended = new Promise<void>(settle => (resolve = settle))
    const end = () => {
      this.#requests.delete(request)
      resolve()
    }
    const request: PendingRequest = { lease, ended, end, onSessionClosed }
    this.#requests.add(request)
    return end
  }

  get count(): number {
    return this.#requests.size
  }

  /** Nothing that was sent to the closed session keeps the device busy: its next session is a new one. */
  sessionClosed(): void {
    for (const { end, onSessionClosed } of this.#requests) {
      if (!onSessionClosed) continue
      end()
      onSessionClosed()
    }
  }

  /**
   * Waits until no request under a lease before `minLease` is pending.
   * @param deadlineMs - milliseconds to wait at most
   * @returns whether none is
   */
  async drained(minLease: LeaseId, deadlineMs: number): Promise<boolean> {
    const old = [...this.#requests].filter(({ lease }) => compareLeases(lease, minLease) < 0)
    if (old.length === 0) return true
    const ended = Promise.all(old.map(async ({ ended }) => ended)).then(() => true)
    return withTimeout(ended, deadlineMs, () => false)
  }
}
