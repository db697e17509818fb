import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceObserver } from '../../src/device/driver.js'
import { stateText, type AdbPhone } from './adb-phone.js'
import type { AdbState } from './adb-server.js'

/** Milliseconds between two probes: while a module has the phone, and else. */
const probeMs = { inUse: 2_000, idle: 10_000 }
/** Backoff between two tries to reach a phone again that is reached by an address. Milliseconds. */
const connectMs = { first: 500, most: 10_000 }

export interface PhoneWatchOptions {
  phone: AdbPhone
  observer: DeviceObserver
  /** Milliseconds in which a shell on the phone must answer. */
  answerMs: number
  /** The phone is there (again); resolves when what is to be known of it is. */
  onAttached: () => Promise<void>
  onLost: () => void
}

/**
 * Follows one phone: adb's own events say that it was unplugged, a probe beside the session that it froze. How long a
 * command takes says nothing: many a step takes long on a phone that is well.
 */
export class PhoneWatch {
  readonly #over = new AbortController()
  #attached = false
  #answers = true
  #inUse = false
  #wake = new AbortController()

  constructor(private readonly options: PhoneWatchOptions) {}

  /** It is there, and answers as far as is known. */
  get usable(): boolean {
    return this.#attached && this.#answers
  }

  /** @returns once the phone, where it is there, is known */
  async start(): Promise<void> {
    const { phone } = this.options
    const end = phone.server.listen((serial, state) => {
      if (serial === phone.udid) this.#changed(state)
    })
    this.#over.signal.addEventListener('abort', end, { once: true })
    await phone.connect()
    const state = phone.server.state(phone.udid)
    if (state === 'device') {
      this.#attached = true
      await this.options.onAttached().catch(() => {})
    } else void this.#reconnect()
    void this.#probe()
  }

  /** A module has the phone: it is probed more often. */
  use(inUse: boolean): void {
    if (this.#inUse === inUse) return
    this.#inUse = inUse
    if (inUse) this.#wake.abort()
  }

  stop(): void {
    this.#over.abort()
    this.#wake.abort()
  }

  #changed(state: AdbState): void {
    const { phone, observer } = this.options
    if (state === 'device') {
      if (this.#attached) return
      this.#attached = true
      this.#answers = true
      void this.#arrive()
      return
    }
    if (this.#attached) {
      this.#attached = false
      this.options.onLost()
      observer.lost(phone.lost(...stateText(state)))
    }
    void this.#reconnect()
  }

  async #arrive(): Promise<void> {
    await this.options.onAttached().catch(() => {})
    if (this.#attached && !this.#over.signal.aborted) this.options.observer.back('it is attached again')
  }

  #reconnecting = false

  /** adb looks for a lost address every ten seconds only, and not at all once it was told to disconnect. */
  async #reconnect(): Promise<void> {
    const { signal } = this.#over
    if (this.#reconnecting) return
    this.#reconnecting = true
    try {
      for (let tries = 0; !this.#attached && !signal.aborted; tries++) {
        await this.options.phone.connect()
        await delay(Math.min(connectMs.most, connectMs.first * 2 ** tries), undefined, { signal }).catch(() => {})
      }
    } finally {
      this.#reconnecting = false
    }
  }

  async #probe(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const pause = this.#inUse || !this.#answers ? probeMs.inUse : probeMs.idle
      await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => {})
      if (signal.aborted) return
      if (!this.#attached) continue
      const answers = (await this.#answersNow()) || (await this.#answersNow())
      if (signal.aborted || !this.#attached || answers === this.#answers) continue
      this.#answers = answers
      if (answers) await this.#arrive()
      else this.#froze()
    }
  }

  /** Half the time twice: a machine that stood still itself has lost its first probe to that. */
  async #answersNow(): Promise<boolean> {
    const { phone, answerMs } = this.options
    return phone.shell('echo', Math.ceil(answerMs / 2)).then(
      () => true,
      () => false,
    )
  }

  #froze(): void {
    const { phone, observer, answerMs } = this.options
    this.options.onLost()
    observer.lost(
      phone.lost(`no longer answers: a shell on it took longer than ${answerMs} ms`, 'look at its screen; reboot it'),
    )
    // A dead connection by address is ended, so that a new one can be made.
    void phone.disconnect()
  }
}
