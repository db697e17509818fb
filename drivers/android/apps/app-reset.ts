import type { AppFile } from '../../../src/device/driver/app-capability.js'
import type { ResetPolicy } from '../../../src/device/device-entry.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { clearApp, restartApp, type AppUnderTest } from './android-reset.js'
import type { PhoneApps } from './phone-apps.js'

export interface AppResetOptions {
  app: AppUnderTest | undefined
  /** Where Baton installs it. */
  file: AppFile | undefined
  policy: ResetPolicy
  /** Aborted where it is given up: the command that is under way is the last one. */
  signal: AbortSignal
}

/** Whether the app of a phone is clean, and what makes it so. */
export class AppReset {
  /** Package whose data a module may have left behind. */
  #dirtyPackage: string | undefined
  /** May go on where it was given up. */
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly apps: PhoneApps,
  ) {}

  /** A module may have left something in it. */
  markDirty(name: string | undefined): void {
    this.#dirtyPackage = name
  }

  /** Empties it and starts it anew, while its session is open. */
  async reset(options: AppResetOptions): Promise<void> {
    this.#dirtyPackage = options.app?.package
    const renewal = this.#reset(options)
    this.#last = renewal.catch(() => {})
    await renewal
  }

  /**
   * Makes up for a renewal that failed, or that there was no session for. A session that opens keeps the app's data.
   * @throws BatonError BATON_DEVICE_UNFIT where the phone refuses, BATON_DEVICE_LOST where it does not answer
   */
  async finish(file: AppFile | undefined): Promise<void> {
    await this.#last
    if (this.#dirtyPackage === undefined) return
    await clearApp(this.phone, this.#dirtyPackage)
    if (file) await this.apps.regrantPermissions(file)
    this.#dirtyPackage = undefined
  }

  async #reset({ app, file, policy, signal }: AppResetOptions): Promise<void> {
    if (policy === 'reinstall' && file) await this.apps.reinstall(file)
    signal.throwIfAborted()
    await restartApp(this.phone, app, async () => {
      if (file) await this.apps.regrantPermissions(file)
      signal.throwIfAborted()
    })
    this.#dirtyPackage = undefined
  }
}
