import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceObserver } from '../../../src/device/driver/driver.js'
import { backoffMs } from '../../../src/process/backoff.js'
import { describeState, type AdbPhone } from '../adb/adb-phone.js'
import type { AdbState } from '../adb/adb-server.js'

/** Milliseconds between two probes: while a module has the phone, and else. */
const probeMs = { inUse: 2_000, idle: 10_000 }
/** Backoff between two tries to reach a phone again that is reached by an address. Milliseconds. */
const reconnect = { firstMs: 500, maxMs: 10_000 }

/** How long a phone may take to greet adb before its connection is taken for dead. Milliseconds. */
const greetingMs = 2_000

export interface PhoneMonitorOptions {
  phone: AdbPhone
  observer: DeviceObserver
  /** Milliseconds in which a shell on the phone must answer. */
  answerMs: number
  /** The phone is there (again); resolves when what is to be known of it is. */
  onAttached: () => Promise<void>
  /** @param detached - it has left adb; false: it is there, and silent */
  onLost: (detached: boolean) => void
}

/**
 * Follows one phone: adb's own events say that it was unplugged, a probe beside the session that it froze. How long a
 * command takes says nothing: many a step takes long on a phone that is well.
 */
export class PhoneMonitor {
  readonly #over = new AbortController()
  #attached = false
  #answers = true
  #inUse = false
  #started = false
  #arrivals = 0
  #wake = new AbortController()

  constructor(private readonly options: PhoneMonitorOptions) {}

  /** It is there, and answers as far as is known. */
  get isUsable(): boolean {
    return this.#attached && this.#answers
  }

  /** @returns once the phone, where it is there, is known */
  async start(): Promise<void> {
    const { phone } = this.options
    const end = phone.server.listen((serial, state) => {
      if (serial === phone.udid) this.#onStateChange(state)
    })
    this.#over.signal.addEventListener('abort', end, { once: true })
    await this.#connect()
    this.#started = true
    if (phone.server.state(phone.udid) === 'device') {
      this.#attached = true
      await this.options.onAttached().catch(() => {})
    } else void this.#reconnect()
    void this.#probe()
  }

  /** A module has the phone: it is probed more often. */
  setInUse(inUse: boolean): void {
    if (this.#inUse === inUse) return
    this.#inUse = inUse
    if (inUse) this.#wake.abort()
  }

  stop(): void {
    this.#over.abort()
    this.#wake.abort()
  }

  #onStateChange(state: AdbState): void {
    const { phone, observer } = this.options
    if (!this.#started) return
    if (state === 'device') {
      if (this.#attached) return
      this.#attached = true
      this.#answers = true
      void this.#onAttached()
      return
    }
    if (this.#attached) {
      this.#attached = false
      this.options.onLost(true)
      // One that froze has been told of.
      if (this.#answers) observer.lost(phone.lostError(...describeState(state)))
    }
    void this.#reconnect()
  }

  /** One that left again meanwhile is back when its next arrival is known, not its first. */
  async #onAttached(): Promise<void> {
    const arrival = (this.#arrivals += 1)
    await this.options.onAttached().catch(() => {})
    if (arrival !== this.#arrivals || !this.isUsable || this.#over.signal.aborted) return
    this.options.observer.back('it is attached again')
  }

  #reconnecting = false

  /**
   * adb looks for a lost address every ten seconds only, and not at all once it was told to disconnect. Of a phone at a
   * cable it tells by itself.
   */
  async #reconnect(): Promise<void> {
    const { signal } = this.#over
    if (this.#reconnecting || !this.options.phone.isReachedByAddress) return
    this.#reconnecting = true
    try {
      for (let failures = 1; !this.#attached && !signal.aborted; failures++) {
        await delay(backoffMs(failures, reconnect), undefined, { signal }).catch(() => {})
        if (!this.#attached && !signal.aborted) await this.#connect()
      }
    } finally {
      this.#reconnecting = false
    }
  }

  /** A phone that is reached by an address is `offline` until it has greeted adb. */
  async #connect(): Promise<void> {
    const { phone } = this.options
    if (!phone.isReachedByAddress) return
    let end = (): void => {}
    const greeted = new Promise<void>(resolve => {
      end = phone.server.listen((serial, state) => {
        if (serial === phone.udid && state === 'device') resolve()
      })
    })
    await phone.connect()
    if (phone.server.state(phone.udid) !== 'device') await Promise.race([greeted, delay(greetingMs)])
    end()
  }

  async #probe(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const pause = this.#inUse || !this.#answers ? probeMs.inUse : probeMs.idle
      await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => {})
      if (signal.aborted) return
      if (!this.#attached) continue
      const answers = await this.#answersWithRetry()
      if (signal.aborted || !this.#attached || answers === this.#answers) continue
      this.#answers = answers
      if (answers) await this.#onAttached()
      else this.#onFrozen()
    }
  }

  /**
   * Half the time twice: a machine that stood still itself has lost its first probe to that. A refusal within that time
   * is no silence: mostly adb is about to say that the phone has left.
   */
  async #answersWithRetry(): Promise<boolean> {
    const { phone, answerMs } = this.options
    const half = Math.ceil(answerMs / 2)
    for (let tries = 0; tries < 2; tries++) {
      const pause = delay(half)
      try {
        await phone.shell('echo', half)
        return true
      } catch {
        await pause
      }
    }
    return false
  }

  #onFrozen(): void {
    const { phone, observer, answerMs } = this.options
    this.options.onLost(false)
    observer.lost(
      phone.lostError(
        `no longer answers: a shell on it took longer than ${answerMs} ms`,
        'look at its screen; reboot it',
      ),
    )
    // A dead connection by address is ended, so that a new one can be made.
    void phone.disconnect()
  }
}
