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

/** Stands between the answers of several commands. */
const mark = '--baton--'

/**
 * Changes a phone for its time in the farm, and puts it back. What it was like is noted on the phone itself before the first
 * change: whoever has the phone next finds the note there, also where this process was killed.
 */
export class PhoneSettings {
  static readonly snapshotKey = 'baton_restore'
  #done = false
  #released = false
  readonly #serially = pLimit(1)

  constructor(
    private readonly phone: AdbPhone,
    private readonly preparation: PrepareOptions,
  ) {}

  /**
   * Once for each time that the phone was attached.
   * @throws BatonError BATON_DEVICE_UNFIT where the phone takes no note: nothing is changed then
   */
  async apply(): Promise<void> {
    await this.#serially(async () => {
      if (this.#done || this.#released) return
      await this.#applyOnce()
      this.#done = true
    })
  }

  /** The phone has left; who knows what is done to it before it is back. */
  invalidate(): void {
    this.#done = false
  }

  /** Puts back what was changed, by an earlier host too, and changes nothing from then on. A phone that is away keeps its note. */
  async restore(): Promise<void> {
    this.#released = true
    await this.#serially(async () => {
      const note = await this.#readSnapshot()
      if (note === undefined) return
      // The last first: what a value depends on (automatic rotation, automatic time) was changed before it.
      await this.#write(Object.fromEntries(Object.entries(note).reverse()))
      if (!(await this.#matches(note))) return
      await this.phone.shell(`settings delete global ${PhoneSettings.snapshotKey}`)
    })
  }

  /** Turns the screen on, and takes the lock away where that is possible. */
  async wake(): Promise<void> {
    await this.phone.shell('input keyevent KEYCODE_WAKEUP; wm dismiss-keyguard')
    const { pin } = this.preparation
    if (pin === undefined) return
    const { locked } = parseFacts({ window: await this.phone.shell(factCommands.window) })
    // Whatever is in front of an open screen would get it.
    if (locked !== false) await this.phone.shell(`input text ${pin}; input keyevent KEYCODE_ENTER`)
  }

  async #applyOnce(): Promise<void> {
    const changes = wantedSettings(this.preparation)
    const wanted = new Set(changes.map(({ id }) => id))
    const before = Object.entries((await this.#readSnapshot()) ?? {})
    // What no one wants any more goes back first: what is read then is the phone's own, or what an earlier host has left.
    await this.#write(Object.fromEntries(before.filter(([id]) => !wanted.has(id))))
    const values = await this.#read([...wanted, ...settingsChangedByModules.filter(id => !wanted.has(id))])
    const note = { ...values, ...Object.fromEntries(before.filter(([id]) => wanted.has(id))) }
    const different = changes.filter(change => values[change.id] !== change.wanted)
    const printed = await this.phone.shell(`settings put global ${PhoneSettings.snapshotKey} ${encodeSnapshot(note)}`)
    if (different.length > 0 && !isDeepStrictEqual(await this.#readSnapshot(), note)) throw this.#refusal(printed)
    await this.#write(Object.fromEntries(different.map(change => [change.id, change.wanted])))
  }

  /** What the phone is to be put back to; undefined: nothing was changed. */
  async #readSnapshot(): Promise<Record<string, string> | undefined> {
    const text = (await this.phone.shell(`settings get global ${PhoneSettings.snapshotKey}`)).trim()
    return text === 'null' || text === '' ? undefined : decodeSnapshot(text)
  }

  async #read(ids: readonly string[]): Promise<Record<string, string>> {
    if (ids.length === 0) return {}
    const commands = ids.map(id => settingById(id).read).join(`; echo ${mark}; `)
    const answers = (await this.phone.shell(commands)).split(mark)
    const firstLine = (text: string): string => text.trim().split('\n')[0]?.trim() ?? ''
    return Object.fromEntries(ids.map((id, index) => [id, firstLine(answers[index] ?? '')]))
  }

  async #write(values: Readonly<Record<string, string>>): Promise<void> {
    const commands = Object.entries(values).map(([id, value]) => settingById(id).write(value))
    if (commands.length > 0) await this.phone.shell(commands.join('; '))
  }

  /** Settings are there as soon as they are written; what a service of the phone does (Wi-Fi, its language) takes a while. */
  async #matches(values: Readonly<Record<string, string>>): Promise<boolean> {
    const settings = Object.entries(values).filter(([id]) => id.includes('/'))
    const found = await this.#read(settings.map(([id]) => id))
    return settings.every(([id, value]) => found[id] === value)
  }

  #refusal(printed: string): BatonError {
    const { device, udid } = this.phone
    const why = /\S*SecurityException.*/.exec(printed)?.[0] ?? 'the note is not there'
    return new BatonError('BATON_DEVICE_UNFIT', `${device} (${udid}) lets no setting be changed over adb: ${why}`, {
      device,
      hint:
        'allow it in its developer options ("USB debugging (Security settings)", "Disable permission monitoring"), ' +
        'or have nothing changed: "prepare": { "stayAwake": false, "animations": true }',
    })
  }
}
