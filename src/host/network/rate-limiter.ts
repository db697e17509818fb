/** Limits how many bytes pass in one direction. */
export class RateLimiter {
  #bytesPerMs = Infinity
  /** When the bytes that were taken so far have passed. */
  #freeAt = 0

  constructor(private readonly now: () => number = Date.now) {}

  get isLimited(): boolean {
    return this.#bytesPerMs !== Infinity
  }

  /** @param kbps - kilobits per second; undefined: unlimited */
  limit(kbps: number | undefined): void {
    this.#bytesPerMs = kbps === undefined ? Infinity : kbps / 8
    this.#freeAt = 0
  }

  /** @returns milliseconds until these bytes have passed, after all bytes that were taken before */
  take(bytes: number): number {
    if (!this.isLimited) return 0
    const now = this.now()
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.#bytesPerMs
    return this.#freeAt - now
  }
}
