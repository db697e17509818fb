import pLimit from 'p-limit'
import { isDeepStrictEqual } from 'node:util'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import type { PrepareOptions } from '../android-keys.js'
import {
  settingsChangedByModules,
  settingById,
  decodeSnapshot,
  wantedSettings,
  encodeSnapshot,
} from './phone-setting.js'
import { factCommands, parseFacts } from '../health/phone-facts.js'

/** Separates the output of several commands. */
const separator = '--baton--'

/**
 * Changes a phone's settings for its time in the farm, and restores them. Before the first change, a snapshot of the old values
 * is saved on the phone itself: if this process is killed, the next one that serves the phone finds it there.
 */
export class PhoneSettings {
  static readonly snapshotKey = 'baton_restore'
  /** `restored` is final: nothing is changed afterwards. */
  #state: 'unchanged' | 'applied' | 'restored' = 'unchanged'
  readonly #serially = pLimit(1)

  constructor(
    private readonly phone: AdbPhone,
    private readonly options: PrepareOptions,
  ) {}

  /**
   * Changes the settings, once each time the phone is attached.
   * @throws BatonError BATON_DEVICE_UNFIT if the snapshot can't be saved; nothing is changed then
   */
  async apply(): Promise<void> {
    await this.#serially(async () => {
      if (this.#state !== 'unchanged') return
      await this.#applyOnce()
      if (this.#state === 'unchanged') this.#state = 'applied'
    })
  }

  /** The phone has left, and may be changed by somebody else before it is back. */
  invalidate(): void {
    if (this.#state === 'applied') this.#state = 'unchanged'
  }

  /** Restores what was changed, by an earlier host too. A phone that has left keeps its snapshot. */
  async restore(): Promise<void> {
    this.#state = 'restored'
    await this.#serially(async () => {
      const snapshot = await this.#readSnapshot()
      if (snapshot === undefined) return
      // In reverse: what a value depends on (automatic rotation, automatic time) was changed before it.
      await this.#write(Object.fromEntries(Object.entries(snapshot).reverse()))
      if (!(await this.#matches(snapshot))) return
      await this.phone.shell(`settings delete global ${PhoneSettings.snapshotKey}`)
    })
  }

  /** Turns the screen on, and unlocks it if possible. */
  async wake(): Promise<void> {
    await this.phone.shell('input keyevent KEYCODE_WAKEUP; wm dismiss-keyguard')
    const { pin } = this.options
    if (pin === undefined) return
    const { locked } = parseFacts({ window: await this.phone.shell(factCommands.window) })
    // On an unlocked screen, the app in front would get the PIN.
    if (locked !== false) await this.phone.shell(`input text ${pin}; input keyevent KEYCODE_ENTER`)
  }

  async #applyOnce(): Promise<void> {
    const settings = wantedSettings(this.options)
    const wanted = new Set(settings.map(({ id }) => id))
    const before = Object.entries((await this.#readSnapshot()) ?? {})
    // Settings that are no longer wanted are restored first, so that their own values are read into the new snapshot.
    await this.#write(Object.fromEntries(before.filter(([id]) => !wanted.has(id))))
    const values = await this.#read([...wanted, ...settingsChangedByModules.filter(id => !wanted.has(id))])
    const snapshot = { ...values, ...Object.fromEntries(before.filter(([id]) => wanted.has(id))) }
    const different = settings.filter(setting => values[setting.id] !== setting.wanted)
    const printed = await this.phone.shell(
      `settings put global ${PhoneSettings.snapshotKey} ${encodeSnapshot(snapshot)}`,
    )
    if (different.length > 0 && !isDeepStrictEqual(await this.#readSnapshot(), snapshot))
      throw this.#forbiddenError(printed)
    await this.#write(Object.fromEntries(different.map(({ id, wanted }) => [id, wanted])))
  }

  /** The values to restore; undefined if nothing was changed. */
  async #readSnapshot(): Promise<Record<string, string> | undefined> {
    const text = (await this.phone.shell(`settings get global ${PhoneSettings.snapshotKey}`)).trim()
    return text === 'null' || text === '' ? undefined : decodeSnapshot(text)
  }

  async #read(ids: readonly string[]): Promise<Record<string, string>> {
    if (ids.length === 0) return {}
    const commands = ids.map(id => settingById(id).read).join(`; echo ${separator}; `)
    const answers = (await this.phone.shell(commands)).split(separator)
    const firstLine = (text: string): string => text.trim().split('\n')[0]?.trim() ?? ''
    return Object.fromEntries(ids.map((id, index) => [id, firstLine(answers[index] ?? '')]))
  }

  async #write(values: Readonly<Record<string, string>>): Promise<void> {
    const commands = Object.entries(values).map(([id, value]) => settingById(id).write(value))
    if (commands.length > 0) await this.phone.shell(commands.join('; '))
  }

  /** Only `settings` are compared, which change at once; services of the phone (Wi-Fi, locale) take a while. */
  async #matches(values: Readonly<Record<string, string>>): Promise<boolean> {
    const settings = Object.entries(values).filter(([id]) => id.includes('/'))
    const found = await this.#read(settings.map(([id]) => id))
    return settings.every(([id, value]) => found[id] === value)
  }

  #forbiddenError(printed: string): BatonError {
    const { device, udid } = this.phone
    const why = /\S*SecurityException.*/.exec(printed)?.[0] ?? 'the value was not stored'
    return new BatonError('BATON_DEVICE_UNFIT', `${device} (${udid}) does not allow adb to change settings: ${why}`, {
      device,
      hint:
        'allow it in its developer options ("USB debugging (Security settings)", "Disable permission monitoring"), ' +
        'or change nothing: "prepare": { "stayAwake": false, "animations": true }',
    })
  }
}
