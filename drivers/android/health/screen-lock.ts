import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { backoffMs } from '../../../src/process/backoff.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { factCommands, parseFacts, type PhoneFacts } from './phone-facts.js'

/** How long the phone may take, in milliseconds. Its animations are still on before the first module. */
const limits = { dismissMs: 3_000, pinEntryMs: 1_500, unlockMs: 3_000 }
/** Backoff between two checks of the lock screen. Milliseconds. */
const recheck = { firstMs: 50, maxMs: 250 }

const hashBytes = 32

/** How an attempt to unlock ended; `pin refused`: also if that PIN was refused before and was not typed again. */
export type UnlockResult = 'unlocked' | 'locked' | 'pin refused'

/**
 * Wakes and unlocks a phone's screen. A wrong PIN is typed once: phones lock themselves for minutes after some, and some erase
 * their data. The refusal is noted on the phone before the PIN is typed, so that no later process types it again.
 */
export class ScreenLock {
  static readonly refusedPinKey = 'baton_refused_pin'
  /** For phones that do not allow adb to change settings. */
  #refusedPin: string | undefined

  constructor(
    private readonly phone: AdbPhone,
    private readonly pin: string | undefined,
  ) {}

  /**
   * Turns the screen on and removes the lock screen, by the PIN if there is one.
   * @throws BatonError BATON_DEVICE_LOST if the phone does not answer
   */
  async unlock(): Promise<UnlockResult> {
    await this.phone.run('input keyevent KEYCODE_WAKEUP')
    await this.phone.run('wm dismiss-keyguard')
    const { pin } = this
    if (pin === undefined) {
      return (await this.#wait(limits.dismissMs, ({ locked }) => locked !== true)) ? 'unlocked' : 'locked'
    }
    // A lock screen that still slides away, or a PIN entry that is not there yet, would lose what is typed.
    await this.#wait(limits.pinEntryMs, ({ locked, pinEntry }) => locked !== true || pinEntry === true)
    const { locked } = await this.#readFacts()
    // On an unlocked screen, the app in front would get the PIN.
    if (locked !== true) return 'unlocked'
    return (await this.#wasRefused(pin)) ? 'pin refused' : this.#enter(pin)
  }

  async #enter(pin: string): Promise<UnlockResult> {
    await this.#noteRefused(pin)
    await this.phone.run(`input text ${pin}`)
    await this.phone.run('input keyevent KEYCODE_ENTER')
    if (!(await this.#wait(limits.unlockMs, ({ locked }) => locked !== true))) return 'pin refused'
    await this.#forgetRefused()
    return 'unlocked'
  }

  async #wasRefused(pin: string): Promise<boolean> {
    if (pin === this.#refusedPin) return true
    const note = (await this.phone.run(`settings get global ${ScreenLock.refusedPinKey}`)).stdout.trim()
    return matchesNote(pin, note)
  }

  async #noteRefused(pin: string): Promise<void> {
    this.#refusedPin = pin
    await this.phone.run(`settings put global ${ScreenLock.refusedPinKey} ${await noteFor(pin)}`)
  }

  async #forgetRefused(): Promise<void> {
    this.#refusedPin = undefined
    await this.phone.run(`settings delete global ${ScreenLock.refusedPinKey}`)
  }

  async #readFacts(): Promise<PhoneFacts> {
    return parseFacts({ window: (await this.phone.run(factCommands.window)).stdout })
  }

  /** Android reports no event for it. @returns whether the condition was met in time */
  async #wait(timeoutMs: number, condition: (facts: PhoneFacts) => boolean): Promise<boolean> {
    const deadline = Date.now() + timeoutMs
    for (let checks = 1; ; checks++) {
      if (condition(await this.#readFacts())) return true
      if (Date.now() >= deadline) return false
      await delay(backoffMs(checks, recheck))
    }
  }
}

const hash = promisify<string, string, number, Buffer>(scrypt)

/** Every app on the phone may read its settings: the PIN is stored as a salted hash that is slow to guess. */
async function noteFor(pin: string): Promise<string> {
  const salt = randomBytes(16).toString('hex')
  return `${salt}:${(await hash(pin, salt, hashBytes)).toString('hex')}`
}

async function matchesNote(pin: string, note: string): Promise<boolean> {
  const [salt = '', noted = ''] = note.split(':')
  const expected = Buffer.from(noted, 'hex')
  return expected.length === hashBytes && timingSafeEqual(expected, await hash(pin, salt, hashBytes))
}
