import { setTimeout as delay } from 'node:timers/promises'
import type { AdbPhone } from '../adb/adb-phone.js'
import { factCommands } from './phone-facts.js'
import { unfitError } from './failed-checks.js'

/** Milliseconds between an answer and the next question. */
const pauseMs = 2_000
/** A phone that prepares a large app may leave one question unanswered, or two. */
const maxUnanswered = 4

/**
 * Asks the package manager of a phone beside what it is doing. How long it takes to install an app says nothing: that it
 * hangs is told by its silence alone, to questions that it answers at once whatever else it does.
 */
export class PackageManagerWatchdog {
  /** @param answerMs - milliseconds in which a question should be answered */
  constructor(
    private readonly phone: AdbPhone,
    private readonly answerMs: number,
  ) {}

  /**
   * @param work - gives up where its signal aborts, and throws the reason
   * @throws BatonError BATON_DEVICE_UNFIT where several questions in a row were not answered; else as the work does
   */
  async guard<T>(work: (givenUp: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController()
    const hung = new AbortController()
    void this.#ping(over.signal, hung)
    try {
      return await work(hung.signal)
    } finally {
      over.abort()
    }
  }

  async #ping(over: AbortSignal, hung: AbortController): Promise<void> {
    for (let silences = 0; silences < maxUnanswered;) {
      if (silences === 0) await delay(pauseMs, undefined, { signal: over }).catch(() => {})
      const answers = await this.#answers(over)
      if (over.aborted) return
      silences = answers ? 0 : silences + 1
    }
    const found = `${maxUnanswered} questions in a row without an answer within ${this.answerMs} ms`
    hung.abort(unfitError(this.phone, [{ check: 'packages', found }]))
  }

  /** A refusal within that time is no silence: mostly the phone has left, and what it was doing is over too. */
  async #answers(over: AbortSignal): Promise<boolean> {
    const pause = delay(this.answerMs, undefined, { signal: over }).catch(() => {})
    try {
      await this.phone.exec(factCommands.packages, { timeoutMs: this.answerMs, signal: over })
      return true
    } catch {
      await pause
      return false
    }
  }
}
