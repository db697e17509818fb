import type { AppFile } from '../../../src/device/driver/app-capability.js'
import type { ResetPolicy } from '../../../src/device/device-entry.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { clearApp, restartApp, type AppUnderTest } from './app-commands.js'
import type { PhoneApps } from './phone-apps.js'

export interface AppResetOptions {
  app: AppUnderTest | undefined
  /** The app's file, if Baton installs it. */
  file: AppFile | undefined
  policy: ResetPolicy
  /** Cancels the reset: the command that is running is the last one. */
  signal: AbortSignal
}

/** Resets the app under test between modules, and remembers if that is still to be done. */
export class AppReset {
  /** Package whose data a module may have left behind. */
  #dirtyPackage: string | undefined
  /** The last reset, which may still be running after it was cancelled. */
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly apps: PhoneApps,
  ) {}

  /** A module may have left data in this package; undefined: in none. */
  markDirty(name: string | undefined): void {
    this.#dirtyPackage = name
  }

  /** Clears the app's data and restarts it, while its session is open. */
  async reset(options: AppResetOptions): Promise<void> {
    this.#dirtyPackage = options.app?.package
    const reset = this.#reset(options)
    this.#last = reset.catch(() => {})
    await reset
  }

  /**
   * Clears what is still dirty because a reset failed, or because no session was open. A new session keeps the app's data.
   * @throws BatonError BATON_DEVICE_UNFIT if the phone refuses, BATON_DEVICE_LOST if it does not answer
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
