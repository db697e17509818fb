import type { AppFile } from '../../src/device/driver.js'
import type { ResetPolicy } from '../../src/device/device-entry.js'
import type { AdbPhone } from './adb-phone.js'
import { clearApp, restartApp, type AppUnderTest } from './android-reset.js'
import type { PhoneApps } from './phone-apps.js'

export interface RenewalOptions {
  app: AppUnderTest | undefined
  /** Where Baton installs it. */
  file: AppFile | undefined
  policy: ResetPolicy
  /** Aborted where it is given up: the command that is under way is the last one. */
  signal: AbortSignal
}

/** Whether the app of a phone is clean, and what makes it so. */
export class AppRenewal {
  /** Package whose data a module may have left behind. */
  #unclean: string | undefined
  /** May go on where it was given up. */
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly apps: PhoneApps,
  ) {}

  /** A module may have left something in it. */
  soiled(name: string | undefined): void {
    this.#unclean = name
  }

  /** Empties it and starts it anew, while its session is open. */
  async renew(options: RenewalOptions): Promise<void> {
    this.#unclean = options.app?.package
    const renewal = this.#renew(options)
    this.#last = renewal.catch(() => {})
    await renewal
  }

  /**
   * Makes up for a renewal that failed, or that there was no session for. A session that opens keeps the app's data.
   * @throws BatonError BATON_DEVICE_UNFIT where the phone refuses, BATON_DEVICE_LOST where it does not answer
   */
  async catchUp(file: AppFile | undefined): Promise<void> {
    await this.#last
    if (this.#unclean === undefined) return
    await clearApp(this.phone, this.#unclean)
    if (file) await this.apps.grantAgain(file)
    this.#unclean = undefined
  }

  async #renew({ app, file, policy, signal }: RenewalOptions): Promise<void> {
    if (policy === 'reinstall' && file) await this.apps.reinstall(file)
    signal.throwIfAborted()
    await restartApp(this.phone, app, async () => {
      if (file) await this.apps.grantAgain(file)
      signal.throwIfAborted()
    })
    this.#unclean = undefined
  }
}
