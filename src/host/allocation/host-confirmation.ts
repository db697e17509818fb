/**
 * Until when the farm has confirmed this host. A process that was suspended finds waiting commands in its sockets before its
 * own timers fire. So each command compares the time, and doesn't rely on a timer.
 */
export class HostConfirmation {
  #until = Number.NEGATIVE_INFINITY

  /** @param now - monotonic, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The farm confirmed the host. @param until - on the same clock */
  extend(until: number): void {
    this.#until = Math.max(this.#until, until)
  }

  /** The leases of this host and of its devices are over, whatever was confirmed before. */
  end(): void {
    this.#until = Number.NEGATIVE_INFINITY
  }

  get isCurrent(): boolean {
    return this.now() < this.#until
  }
}
