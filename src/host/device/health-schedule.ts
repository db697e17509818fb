/** Health checks of a device that keeps failing become this many times rarer, at most. */
const maxIntervalFactor = 10

/** Timer of a device's next health check. */
export class HealthSchedule {
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly intervalMs: number,
    private readonly check: () => void,
  ) {}

  /** @param failures - failed checks in a row: each doubles the interval, up to ten times the first */
  schedule(failures: number): void {
    this.stop()
    const factor = Math.min(maxIntervalFactor, 2 ** Math.max(0, failures - 1))
    this.#timer = setTimeout(this.check, this.intervalMs * factor)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
