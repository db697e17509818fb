import { setTimeout as delay } from 'node:timers/promises'
import type { AdbPhone } from '../adb/adb-phone.js'
import { factCommands } from './phone-facts.js'
import { unfitError } from './failed-checks.js'

/** Milliseconds between an answer and the next ping. */
const pauseMs = 2_000
/** A healthy phone that is preparing a large app may leave one ping unanswered, or two. */
const maxUnanswered = 4

/**
 * Pings a phone's package manager while it works. An installation may take long, so a package manager that hangs is
 * recognized by unanswered pings only: it normally answers them at once, even while it is busy.
 */
export class PackageManagerWatchdog {
  /** @param answerMs - milliseconds in which a ping must be answered */
  constructor(
    private readonly phone: AdbPhone,
    private readonly answerMs: number,
  ) {}

  /**
   * Runs `work` while pinging.
   * @param work - stops when its signal aborts, and throws the signal's reason
   * @throws BatonError BATON_DEVICE_UNFIT if several pings in a row were not answered; otherwise what `work` throws
   */
  async guard<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = new AbortController()
    const hung = new AbortController()
    void this.#ping(done.signal, hung)
    try {
      return await work(hung.signal)
    } finally {
      done.abort()
    }
  }

  async #ping(done: AbortSignal, hung: AbortController): Promise<void> {
    for (let unanswered = 0; unanswered < maxUnanswered;) {
      if (unanswered === 0) await delay(pauseMs, undefined, { signal: done }).catch(() => {})
      const answers = await this.#answers(done)
      if (done.aborted) return
      unanswered = answers ? 0 : unanswered + 1
    }
    const found = `${maxUnanswered} pings in a row without an answer within ${this.answerMs} ms`
    hung.abort(unfitError(this.phone, [{ check: 'packages', found }]))
  }

  /** An early error does not count as an answer, but takes the full time: usually the phone has just left. */
  async #answers(done: AbortSignal): Promise<boolean> {
    const pause = delay(this.answerMs, undefined, { signal: done }).catch(() => {})
    try {
      await this.phone.run(factCommands.packages, { timeoutMs: this.answerMs, signal: done })
      return true
    } catch {
      await pause
      return false
    }
  }
}
