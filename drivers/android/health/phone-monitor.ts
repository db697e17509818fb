import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceObserver } from '../../../src/device/driver/driver.js'
import { backoffMs } from '../../../src/process/backoff.js'
import { withTimeout } from '../../../src/process/deadline.js'
import { describeState, type AdbPhone } from '../adb/adb-phone.js'
import type { AdbState } from '../adb/adb-server.js'
import { nextPresence, type PhonePresence, type PresenceEffect, type PresenceEvent } from './phone-presence.js'

/** Milliseconds between two probes: while a module uses the phone, and otherwise. */
const probeMs = { inUse: 2_000, idle: 10_000 }
/** Backoff between two attempts to connect to a phone that is reached by address. */
const reconnect = { firstMs: 500, maxMs: 10_000 }
/** How long a phone may take to greet adb before its connection counts as dead. Milliseconds. */
const greetingMs = 2_000

export interface PhoneMonitorOptions {
  phone: AdbPhone
  observer: DeviceObserver
  /** Milliseconds in which a shell on the phone must answer. */
  answerMs: number
  /** Called when the phone is attached or answers again; resolves when everything about it is known. */
  onAttached: () => Promise<void>
  /** @param detached - it has left adb; false: it is attached, but silent */
  onLost: (detached: boolean) => void
}

/**
 * Watches one phone. adb reports if it is unplugged; a shell that is probed regularly, independently of any session, shows if
 * it froze. The duration of commands shows nothing: many take long on a healthy phone.
 */
export class PhoneMonitor {
  readonly #stopped = new AbortController()
  #presence: PhonePresence = 'detached'
  #inUse = false
  /** Counts how often the phone has become usable. */
  #arrivals = 0
  /** Aborted to probe earlier than planned. */
  #pause = new AbortController()
  #reconnecting = false
  /** Probes without an answer since it froze. */
  #silentProbes = 0

  constructor(private readonly options: PhoneMonitorOptions) {}

  /** It is attached, and answered its last probe. */
  get isUsable(): boolean {
    return this.#presence === 'usable'
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  /** Resolves when everything about the phone is known, if it is attached. */
  async start(): Promise<void> {
    const { phone, onAttached } = this.options
    await this.#connect()
    const end = phone.server.listen((serial, state) => {
      if (serial === phone.udid) this.#onAdbState(state)
    })
    this.#stopped.signal.addEventListener('abort', end, { once: true })
    if (phone.server.state(phone.udid) === 'device') {
      this.#presence = 'usable'
      await onAttached().catch(() => {})
    } else void this.#reconnect()
    void this.#probe()
  }

  /** Probes more often while a module uses the phone. */
  setInUse(inUse: boolean): void {
    if (this.#inUse === inUse) return
    this.#inUse = inUse
    if (inUse) this.#pause.abort()
  }

  stop(): void {
    this.#stopped.abort()
    this.#pause.abort()
  }

  #onAdbState(state: AdbState): void {
    if (state === 'device') return this.#handle('attached', state)
    this.#handle('detached', state)
    void this.#reconnect()
  }

  #handle(event: PresenceEvent, state?: AdbState): void {
    const { presence, effect } = nextPresence(this.#presence, event)
    this.#presence = presence
    if (effect) this.#apply(effect, state)
  }

  #apply(effect: PresenceEffect, state: AdbState): void {
    const { phone, observer, answerMs, onLost } = this.options
    switch (effect) {
      case 'arrived':
        void this.#arrive()
        break
      case 'left':
        onLost(true)
        break
      case 'detached':
        onLost(true)
        observer.lost(phone.lostError(...describeState(state)))
        break
      case 'froze':
        onLost(false)
        observer.lost(
          phone.lostError(
            `no longer answers: a shell on it took longer than ${answerMs} ms`,
            'look at its screen; reboot it',
          ),
        )
        // Drops a dead connection by address, so that adb can make a new one.
        void phone.disconnect()
        break
    }
  }

  /** If the phone leaves again meanwhile, only its last arrival is reported. */
  async #arrive(): Promise<void> {
    const arrival = (this.#arrivals += 1)
    this.#silentProbes = 0
    await this.options.onAttached().catch(() => {})
    if (arrival !== this.#arrivals || !this.isUsable || this.#stopped.signal.aborted) return
    this.options.observer.back('it is attached again')
  }

  /**
   * adb itself tries to reach a lost address every ten seconds only, and never after a disconnect. It does notice a phone on
   * a cable by itself, but never leaves a connection that got stuck.
   */
  async #reconnect(): Promise<void> {
    const { signal } = this.#stopped
    if (this.#reconnecting) return
    this.#reconnecting = true
    for (let failures = 1; this.#needsConnection(); failures++) {
      await delay(backoffMs(failures, reconnect), undefined, { signal }).catch(() => {})
      if (!this.#needsConnection()) break
      if (this.options.phone.isReachedByAddress) await this.#connect()
      else await this.options.phone.reconnect()
    }
    this.#reconnecting = false
  }

  #needsConnection(): boolean {
    const { phone } = this.options
    if (this.#presence !== 'detached' || this.#stopped.signal.aborted) return false
    return phone.isReachedByAddress || phone.server.state(phone.udid) === 'offline'
  }

  /** A phone that is reached by address is `offline` until it has greeted adb. */
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
    if (phone.server.state(phone.udid) !== 'device') await withTimeout(greeted, greetingMs, () => {})
    end()
  }

  async #probe(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      this.#pause = new AbortController()
      const pauseMs = this.#inUse || this.#presence === 'frozen' ? probeMs.inUse : probeMs.idle
      await delay(pauseMs, undefined, { signal: this.#pause.signal }).catch(() => {})
      if (signal.aborted) return
      if (this.#presence === 'detached') continue
      const arrival = this.#arrivals
      const answers = await this.#answersInTime()
      // A phone that left and came back meanwhile must answer a new probe.
      if (signal.aborted || arrival !== this.#arrivals) continue
      if (answers) this.#silentProbes = 0
      else if (this.#presence === 'frozen') await this.#replaceConnection()
      this.#handle(answers ? 'answered' : 'unanswered')
    }
  }

  /** Perhaps only its connection is stuck. Tried after one, two, four, … probes without an answer. */
  async #replaceConnection(): Promise<void> {
    this.#silentProbes += 1
    if (Number.isInteger(Math.log2(this.#silentProbes))) await this.options.phone.reconnect()
  }

  /**
   * Two attempts, half the time each: if this machine itself stood still, only the first one is lost. An early error counts as
   * no answer after the full time only: usually adb is about to report that the phone has left.
   */
  async #answersInTime(): Promise<boolean> {
    const { phone, answerMs } = this.options
    const halfMs = Math.ceil(answerMs / 2)
    for (let tries = 0; tries < 2; tries++) {
      const pause = delay(halfMs)
      try {
        await phone.shell('echo', halfMs)
        return true
      } catch {
        await pause
      }
    }
    return false
  }
}
