import type { AdbPhone } from './adb-phone.js'
import type { Preparation } from './android-keys.js'
import { changeOf, readNote, wantedChanges, writeNote } from './phone-changes.js'

/**
 * Changes a phone for its time in the farm, and puts it back. What it was like is noted on the phone itself before the first
 * change: whoever has the phone next finds the note there, also where this process was killed.
 */
export class PhonePreparation {
  static readonly note = 'baton_restore'
  #done = false

  constructor(
    private readonly phone: AdbPhone,
    private readonly preparation: Preparation,
  ) {}

  /** Once for each time that the phone was attached. */
  async prepare(): Promise<void> {
    if (this.#done) return
    const changes = wantedChanges(this.preparation)
    const before = readNote(await this.phone.shell(`settings get global ${PhonePreparation.note}`))
    const values = await this.#read(changes.map(({ id }) => id))
    const wanted = new Set(changes.map(({ id }) => id))
    // What an earlier host noted was the phone's own; what is read now is what that host has left.
    const note = { ...values, ...Object.fromEntries(Object.entries(before).filter(([id]) => wanted.has(id))) }
    await this.#write(Object.fromEntries(Object.entries(before).filter(([id]) => !wanted.has(id))))
    if (changes.length > 0) await this.phone.shell(`settings put global ${PhonePreparation.note} ${writeNote(note)}`)
    const different = changes.filter(({ id, wanted: value }) => values[id] !== value)
    await this.#write(Object.fromEntries(different.map(({ id, wanted: value }) => [id, value])))
    this.#done = true
  }

  /** The phone has left; who knows what is done to it before it is back. */
  forget(): void {
    this.#done = false
  }

  /** Puts back what was changed. A phone that is away keeps its note. */
  async restore(): Promise<void> {
    if (!this.#done) return
    this.#done = false
    await this.#write(readNote(await this.phone.shell(`settings get global ${PhonePreparation.note}`)))
    await this.phone.shell(`settings delete global ${PhonePreparation.note}`)
  }

  /** Turns the screen on, and takes the lock away where that is possible. */
  async wake(): Promise<void> {
    await this.phone.shell('input keyevent KEYCODE_WAKEUP; wm dismiss-keyguard')
    const { pin } = this.preparation
    if (pin === undefined || !/^\w+$/.test(pin)) return
    await this.phone.shell(`input text ${pin}; input keyevent KEYCODE_ENTER`)
  }

  async #read(ids: readonly string[]): Promise<Record<string, string>> {
    if (ids.length === 0) return {}
    // Each answer is one line; a property that is not set is an empty one.
    const answers = (await this.phone.shell(ids.map(id => changeOf(id).read).join('; '))).split('\n')
    return Object.fromEntries(ids.map((id, index) => [id, answers[index]?.trim() ?? '']))
  }

  async #write(values: Readonly<Record<string, string>>): Promise<void> {
    const commands = Object.entries(values).map(([id, value]) => changeOf(id).write(value))
    if (commands.length > 0) await this.phone.shell(commands.join('; '))
  }
}
