import { setTimeout as delay } from 'node:timers/promises'
import type { AppFile } from '../../device/driver/app-capability.js'
import type { PreparedDevice } from '../../device/driver/driver.js'
import { BatonError } from '../../error/baton-error.js'
import { backoffMs } from '../../process/backoff.js'
import type { CheckVerdict } from '../allocation/allocation-checks.js'
import type { DeviceSession } from './session/device-session.js'

/** A session that was unused for longer is checked before a module gets it. */
const trustedForMs = 2_000
/** Backoff between two openings of a session: doubles from the first to the last. */
const reopen = { firstMs: 250, maxMs: 10_000 }

/** Brings a device into the state that a module needs: healthy, with the app under test and an open session. */
export class DeviceReadiness {
  /** The app that the last module asked for. It stays for a check, so that the next module may find it. */
  #app: AppFile | undefined
  #usedAt = 0

  constructor(
    private readonly prepared: Pick<PreparedDevice, 'apps' | 'health'>,
    private readonly session: DeviceSession,
    /** Aborted when the host stops. */
    private readonly stop: AbortSignal,
  ) {}

  /**
   * Makes the device ready for a module that holds it.
   * @param app - undefined: the app of devices.json
   * @throws BatonError if no session can be opened; BATON_APP_REFUSED if the app is the reason
   */
  async prepareForModule(app: AppFile | undefined): Promise<void> {
    this.#app = app
    if (Date.now() - this.#usedAt > trustedForMs) await this.session.check().catch(() => {})
    await this.#openWithApp()
    await this.session.verifyIdentity()
    this.#usedAt = Date.now()
  }

  /**
   * Makes the device ready for any module: tries again until it is, or until it is known why it is not.
   * @param drained - no command of an earlier module is in flight: the session can be reset
   * @throws any other error, and whatever happened last if the host stops
   */
  async makeReady(drained: boolean): Promise<CheckVerdict> {
    for (let failures = 0; ; failures++) {
      const app = this.#app
      const problem = await this.healthProblem()
      if (problem !== undefined) return { state: 'offline', reason: problem }
      try {
        const requested = await this.#appCapabilities()
        if (failures > 0) await this.session.ready(requested)
        else await (drained ? this.session.recycle(requested) : this.session.reopen(requested))
        this.#usedAt = Date.now()
        return { state: 'idle' }
      } catch (error) {
        if (this.stop.aborted || !(error instanceof BatonError)) throw error
        if (app && !isDeviceFault(error)) {
          this.#dropApp()
          continue
        }
        if (isDeviceFault(error) || error.code === 'BATON_APP_REFUSED')
          return { state: 'offline', reason: withHint(error) }
        if (error.code === 'BATON_DEVICE_QUARANTINED') return { state: 'quarantined', reason: error.message }
        await delay(backoffMs(failures + 1, reopen), undefined, { signal: this.stop }).catch(() => {})
      }
    }
  }

  /**
   * Resets the device for the module that holds it, as a new session would.
   * @param wanted - capabilities in addition to the device's own
   * @throws as `DeviceSession.ready` does
   */
  async renew(wanted: Record<string, unknown>): Promise<void> {
    try {
      await this.session.renew({ ...(await this.#appCapabilities()), ...wanted })
      await this.session.verifyIdentity()
    } finally {
      // What a script asks for proves nothing about the device.
      if (Object.keys(wanted).length > 0) this.session.clearQuarantine()
    }
  }

  /** Why the device cannot serve now, checked outside its session; undefined if it can. */
  async healthProblem(): Promise<string | undefined> {
    try {
      await this.prepared.health?.check()
      return undefined
    } catch (error) {
      return error instanceof BatonError ? withHint(error) : String(error)
    }
  }

  async #openWithApp(): Promise<void> {
    try {
      await this.session.ready(await this.#appCapabilities())
    } catch (error) {
      const app = this.#app
      if (!app) throw error
      this.#dropApp()
      const isOpening = error instanceof BatonError && error.code === 'BATON_SESSION_FAILED'
      throw (isOpening && (await this.prepared.apps?.startRefusal(app, error.message))) || error
    }
  }

  /** A run's app that the device could not install or start proves nothing about the device. Only a module brings it back. */
  #dropApp(): void {
    this.#app = undefined
    this.session.clearQuarantine()
  }

  async #appCapabilities(): Promise<Record<string, unknown>> {
    return (await this.prepared.apps?.use(this.#app)) ?? {}
  }
}

/** Message and hint in one line. */
export function withHint({ message, hint }: BatonError): string {
  return [message, hint].filter(Boolean).join('; ')
}

/** Another session would fail for the same reason. */
function isDeviceFault({ code }: BatonError): boolean {
  return code === 'BATON_DEVICE_LOST' || code === 'BATON_DEVICE_UNFIT'
}
