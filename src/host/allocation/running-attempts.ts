import type { HeldLease } from '../../lease/host-leases.js'
import type { Attempt } from '../attempt/attempt.js'
import type { AttemptAbort } from '../attempt/attempt-abort.js'

/** The attempts that a host runs, by lease. */
export class RunningAttempts {
  readonly #byLease = new Map<string, Attempt>()

  add(attempt: Attempt): void {
    this.#byLease.set(attempt.grant.lease, attempt)
  }

  get size(): number {
    return this.#byLease.size
  }

  delete({ grant }: Attempt): void {
    this.#byLease.delete(grant.lease)
  }

  /** Leases that the heartbeat is to renew. */
  held(): HeldLease[] {
    return [...this.#byLease.values()].flatMap(attempt => (attempt.lost ? [] : attempt.held))
  }

  abort(lease: string, abort: AttemptAbort): void {
    this.#byLease.get(lease)?.abort(abort)
  }

  abortAll(abort: AttemptAbort): void {
    for (const attempt of this.#byLease.values()) attempt.abort(abort)
  }
}
