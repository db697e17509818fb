import type { PhoneBehavior } from '../phone-behavior.js'
import type { Settings } from './settings.js'

/** Screen and lock. */
export class Display {
  on = true
  locked = false
  /** The part of the PIN that was typed so far. */
  typed = ''
  /** Whether the lock screen shows its PIN entry. */
  asksForPin = false
  /** How often a wrong PIN was entered. */
  refusals = 0
  /** Frames of all recordings so far. */
  recordedFrames = 0

  constructor(
    private readonly settings: Settings,
    private readonly behavior: () => Pick<PhoneBehavior, 'pin' | 'screenDead' | 'swipeMs' | 'pinEntryMs'>,
  ) {}

  /** In quarter turns. With automatic rotation it is upright: nobody turns a simulated phone. */
  get rotation(): number {
    if (this.settings.get('system', 'accelerometer_rotation') !== '0') return 0
    return Number(this.settings.get('system', 'user_rotation') ?? 0)
  }

  /** Fixes the rotation. */
  freezeRotation(rotation: number): void {
    this.settings.put('system', 'accelerometer_rotation', '0')
    this.settings.put('system', 'user_rotation', String(rotation))
  }

  sleep(): void {
    this.on = false
    this.locked = true
    this.asksForPin = false
    this.typed = ''
  }

  wake(): void {
    this.on = !this.behavior().screenDead
  }

  /** A swipe on the lock screen, which unlocks it or asks for the PIN, each after a moment. */
  dismiss(): void {
    if (!this.on || !this.locked) return
    const { pin, swipeMs, pinEntryMs } = this.behavior()
    if (pin === '') this.#after(swipeMs, () => (this.locked = false))
    else this.#after(pinEntryMs, () => (this.asksForPin = true))
  }

  /** Keys before the lock screen asks for the PIN are lost. */
  type(text: string): void {
    if (this.locked && this.asksForPin) this.typed += text
  }

  #after(ms: number, change: () => void): void {
    if (ms === 0) change()
    else setTimeout(change, ms).unref()
  }

  /** @returns whether the PIN was right or not required */
  enter(): boolean {
    if (this.typed === this.behavior().pin) this.locked = false
    else this.refusals += 1
    this.typed = ''
    return !this.locked
  }
}
