import type { PhoneBehavior } from '../phone-behavior.js'
import type { Settings } from './settings.js'

/** Screen and lock. */
export class Display {
  on = true
  locked = false
  /** What was typed of the PIN so far. */
  typed = ''
  /** Pictures that films have of it. */
  recordedFrames = 0

  constructor(
    private readonly settings: Settings,
    private readonly behavior: () => Pick<PhoneBehavior, 'pin' | 'screenDead'>,
  ) {}

  /** In quarter turns. Nobody turns this phone: where it follows its sensor, it stands upright. */
  get rotation(): number {
    if (this.settings.get('system', 'accelerometer_rotation') !== '0') return 0
    return Number(this.settings.get('system', 'user_rotation') ?? 0)
  }

  /** Holds it there, whatever the sensor says. */
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

  /** What a swipe over the lock screen does: without a PIN it is open. */
  dismiss(): void {
    if (this.on && this.behavior().pin === '') this.locked = false
  }

  type(text: string): void {
    if (this.locked) this.typed += text
  }

  /** @returns whether it was the right PIN, or none was asked for */
  enter(): boolean {
    if (this.typed === this.behavior().pin) this.locked = false
    this.typed = ''
    return !this.locked
  }
}
