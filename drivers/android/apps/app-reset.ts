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

interface CleanApp {
  name: string | undefined
  file: AppFile | undefined
  user: number
}

/**
 * Resets the app under test between modules. Only an app that this process has cleared, and no module has used since, counts as
 * clean: what an earlier host, or somebody else while the phone was away, did to it is unknown.
 */
export class AppReset {
  /** Packages without data of a module. */
  readonly #clean = new Set<string>()
  /** The last reset, which may still be running after it was cancelled. */
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly apps: PhoneApps,
    private readonly policy: ResetPolicy,
  ) {}

  /** A module may have left data in this package; undefined: in none. */
  markDirty(name: string | undefined): void {
    if (name !== undefined) this.#clean.delete(name)
  }

  /** The phone has left: somebody else may use it now. */
  phoneLost(): void {
    this.#clean.clear()
  }

  /** Clears the app's data and restarts it, while its session is open. */
  async reset(options: AppResetOptions): Promise<void> {
    this.markDirty(options.app?.package)
    const reset = this.#reset(options)
    this.#last = reset.catch(() => {})
    await reset
  }

  /**
   * Clears an app that is not known to be clean, before a session with it opens: a new session keeps the app's data.
   * @param app - `name` is its package, undefined for a session without an app; `user` is the one whose data is cleared
   * @throws BatonError BATON_DEVICE_UNFIT if the phone refuses, BATON_DEVICE_LOST if it does not answer
   */
  async finish({ name, file, user }: CleanApp): Promise<void> {
    await this.#last
    if (name === undefined || this.#clean.has(name)) return
    if (this.policy !== 'app' && this.policy !== 'reinstall') return
    await clearApp(this.phone, name, user)
    if (file) await this.apps.regrantPermissions(file)
    this.#clean.add(name)
  }

  async #reset({ app, file, policy, signal }: AppResetOptions): Promise<void> {
    if (policy === 'reinstall' && file) await this.apps.reinstall(file)
    signal.throwIfAborted()
    await restartApp(this.phone, app, async () => {
      if (file) await this.apps.regrantPermissions(file)
      signal.throwIfAborted()
    })
    if (app) this.#clean.add(app.package)
  }
}
