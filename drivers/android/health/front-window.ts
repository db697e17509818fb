import { z } from 'zod'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { unfitError, type FailedCheck } from './failed-checks.js'
import { findForeignWindow, type Dismissal, type ForeignWindow } from './foreign-window.js'
import { factCommands } from './phone-facts.js'
import type { ScreenLock } from './screen-lock.js'

const buttons = { wait: 'android:id/aerr_wait', close: 'android:id/aerr_close' } as const
const elementSchema = z.record(z.string(), z.string())

/** Watches the window in front of one phone: a dialog of another app would fail a module as if it were the module's. */
export class FrontWindow {
  /** Name of a window that could not be dismissed. */
  #stuck: string | undefined

  constructor(
    private readonly phone: AdbPhone,
    private readonly lock: ScreenLock,
  ) {}

  /** @param app - package of the app under test */
  async find(app: string | undefined): Promise<ForeignWindow | undefined> {
    return findForeignWindow((await this.phone.run(factCommands.window)).stdout, app)
  }

  /**
   * Dismisses a foreign window before a module starts.
   * @throws BatonError BATON_DEVICE_UNFIT if it stays in front
   */
  async clear(session: HostSession, app: string | undefined): Promise<void> {
    const window = await this.find(app)
    if (!window || (await this.dismiss(window, session, app))) return
    throw unfitError(this.phone, [stuckCheck(window.name)])
  }

  /** @returns whether it is gone */
  async dismiss(
    { name, dismissal }: ForeignWindow,
    session: HostSession | undefined,
    app: string | undefined,
  ): Promise<boolean> {
    await this.#answer(dismissal, session).catch(() => {})
    const isGone = (await this.find(app))?.name !== name
    this.#stuck = isGone ? undefined : name
    return isGone
  }

  /** A check of a phone's health: fails while a window that could not be dismissed is in front. @param dump - `dumpsys window` */
  check(dump: string): FailedCheck[] {
    if (this.#stuck === undefined || findForeignWindow(dump, undefined)?.name !== this.#stuck) this.#stuck = undefined
    return this.#stuck === undefined ? [] : [stuckCheck(this.#stuck)]
  }

  async #answer(dismissal: Dismissal, session: HostSession | undefined): Promise<void> {
    if (dismissal === 'unlock') await this.lock.unlock()
    else if (dismissal === 'back' || !session) await this.phone.run('input keyevent KEYCODE_BACK')
    else {
      const found = await session.command('POST', '/element', { using: 'id', value: buttons[dismissal] })
      const [element = ''] = Object.values(elementSchema.parse(found))
      await session.command('POST', `/element/${element}/click`)
    }
  }
}

function stuckCheck(name: string): FailedCheck {
  return { check: 'front window', found: `${name} is in front and could not be dismissed` }
}
