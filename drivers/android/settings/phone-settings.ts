import pLimit from 'p-limit'
import { isDeepStrictEqual } from 'node:util'
import { BatonError } from '../../../src/error/baton-error.js'
import { messageOf, type AdbPhone } from '../adb/adb-phone.js'
import type { PrepareOptions } from '../android-keys.js'
import {
  settingsChangedByModules,
  settingById,
  decodeSnapshot,
  wantedSettings,
  encodeSnapshot,
} from './phone-setting.js'

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

  async #applyOnce(): Promise<void> {
    const settings = wantedSettings(this.options)
    const wanted = new Set(settings.map(({ id }) => id))
    const before = Object.entries((await this.#readSnapshot()) ?? {})
    // Settings that are no longer wanted are restored first, so that their own values are read into the new snapshot.
    await this.#write(Object.fromEntries(before.filter(([id]) => !wanted.has(id))))
    const values = await this.#read([...wanted, ...settingsChangedByModules.filter(id => !wanted.has(id))])
    const snapshot = { ...values, ...Object.fromEntries(before.filter(([id]) => wanted.has(id))) }
    const different = settings.filter(setting => values[setting.id] !== setting.wanted)
    const saved = await this.phone.run(`settings put global ${PhoneSettings.snapshotKey} ${encodeSnapshot(snapshot)}`)
    if (different.length > 0 && !isDeepStrictEqual(await this.#readSnapshot(), snapshot))
      throw this.#refusedError('does not allow adb to change settings', messageOf(saved))
    await this.#write(Object.fromEntries(different.map(({ id, wanted }) => [id, wanted])))
  }

  /** The values to restore; undefined if nothing was changed. */
  async #readSnapshot(): Promise<Record<string, string> | undefined> {
    const text = (await this.phone.shell(`settings get global ${PhoneSettings.snapshotKey}`)).trim()
    return text === 'null' || text === '' ? undefined : decodeSnapshot(text)
  }

  /** @throws BatonError BATON_DEVICE_UNFIT if the phone does not show one of them */
  async #read(ids: readonly string[]): Promise<Record<string, string>> {
    return Object.fromEntries(await Promise.all(ids.map(async id => [id, await this.#readOne(id)] as const)))
  }

  async #readOne(id: string): Promise<string> {
    const answer = await this.phone.run(settingById(id).read)
    if (answer.exitCode !== 0) throw this.#refusedError(`does not show its setting ${id}`, messageOf(answer))
    return answer.stdout.trim().split('\n')[0]?.trim() ?? ''
  }

  /** In this order. @throws BatonError BATON_DEVICE_UNFIT if one is refused; the others are set all the same */
  async #write(values: Readonly<Record<string, string>>): Promise<void> {
    let refusal: BatonError | undefined
    for (const [id, value] of Object.entries(values)) {
      const answer = await this.phone.run(settingById(id).write(value))
      if (answer.exitCode !== 0)
        refusal ??= this.#refusedError(`does not allow adb to change its setting ${id}`, messageOf(answer))
    }
    if (refusal) throw refusal
  }

  /** Only `settings` are compared, which change at once; services of the phone (Wi-Fi, locale) take a while. */
  async #matches(values: Readonly<Record<string, string>>): Promise<boolean> {
    const settings = Object.entries(values).filter(([id]) => id.includes('/'))
    const found = await this.#read(settings.map(([id]) => id))
    return settings.every(([id, value]) => found[id] === value)
  }

  #refusedError(what: string, printed: string): BatonError {
    const { device, udid } = this.phone
    const why = /\S*SecurityException.*/.exec(printed)?.[0] ?? (printed.trim() || 'no message')
    return new BatonError('BATON_DEVICE_UNFIT', `${device} (${udid}) ${what}: ${why}`, {
      device,
      hint:
        'allow it in its developer options ("USB debugging (Security settings)", "Disable permission monitoring"), ' +
        'or change nothing: "prepare": { "stayAwake": false, "animations": true }',
    })
  }
}
