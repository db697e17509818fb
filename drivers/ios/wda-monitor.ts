import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceObserver } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'
import type { WdaClient } from './wda-client.js'

/** Milliseconds between two probes: while a module uses the phone or it is lost, and otherwise. */
const probeMs = { soon: 2_000, idle: 10_000 }

/**
 * Watches a phone that is reached by URL alone: `GET /status`, independently of any session, shows if it is there. A probe
 * counts as failed after a second attempt, as this machine itself may have stood still.
 */
export class WdaMonitor {
  readonly #stopped = new AbortController()
  #presence: 'present' | 'lost' = 'lost'
  #inUse = false
  /** Aborted to probe earlier than planned. */
  #pause = new AbortController()

  /** @param onFound - called when it answers for the first time, and whenever it answers again */
  constructor(
    private readonly wda: WdaClient,
    private readonly observer: DeviceObserver | undefined,
    private readonly onFound: () => Promise<void>,
  ) {}

  get isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  /** @throws BatonError BATON_DEVICE_LOST if the phone does not answer, and nobody waits for it */
  async start(): Promise<void> {
    try {
      await this.wda.status()
      await this.onFound()
      this.#presence = 'present'
    } catch (error) {
      if (!this.observer) throw error
    }
    if (this.observer) void this.#watch(this.observer)
  }

  /** Probes more often while a module uses the phone. */
  setInUse(inUse: boolean): void {
    this.#inUse = inUse
    if (inUse) this.#pause.abort()
  }

  /** Reports the phone as lost, if a failed command or artifact showed it before a probe did. */
  reportLost(error: BatonError): void {
    if (this.#presence === 'lost' || this.isStopped) return
    this.#presence = 'lost'
    this.observer?.lost(error)
  }

  stop(): void {
    this.#stopped.abort()
    this.#pause.abort()
  }

  async #watch(observer: DeviceObserver): Promise<void> {
    while (!this.isStopped) {
      this.#pause = new AbortController()
      const pauseMs = this.#inUse || this.#presence === 'lost' ? probeMs.soon : probeMs.idle
      await delay(pauseMs, undefined, { signal: this.#pause.signal }).catch(() => {})
      if (this.isStopped) return
      const failure = await this.#probe()
      if (this.isStopped) return
      if (failure) this.reportLost(failure)
      else if (this.#presence === 'lost') {
        await this.onFound().catch(() => {})
        this.#presence = 'present'
        observer.back('WebDriverAgent answers again')
      }
    }
  }

  async #probe(): Promise<BatonError | undefined> {
    const once = async (): Promise<unknown> => this.wda.status()
    try {
      await once().catch(once)
      return undefined
    } catch (error) {
      return error instanceof BatonError ? error : this.wda.lostError('does not answer', error)
    }
  }
}
