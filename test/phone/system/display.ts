import type { PhoneBehavior } from '../phone-behavior.js'
import type { Settings } from './settings.js'

/** Screen and lock. */
export class Display {
  on = true
  locked = false
  /** The part of the PIN that was typed so far. */
  typed = ''
  /** Frames of all recordings so far. */
  recordedFrames = 0

  constructor(
    private readonly settings: Settings,
    private readonly behavior: () => Pick<PhoneBehavior, 'pin' | 'screenDead'>,
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
    this.typed = ''
  }

  wake(): void {
    this.on = !this.behavior().screenDead
  }

  /** A swipe on the lock screen, which unlocks it if there is no PIN. */
  dismiss(): void {
    if (this.on && this.behavior().pin === '') this.locked = false
  }

  type(text: string): void {
    if (this.locked) this.typed += text
  }

  /** @returns whether the PIN was right or not required */
  enter(): boolean {
    if (this.typed === this.behavior().pin) this.locked = false
    this.typed = ''
    return !this.locked
  }
}
