/** Screen and lock. */
export class Display {
  on = true
  locked = false
  /** What was typed of the PIN so far. */
  typed = ''
  rotation = 0
  readonly #pin: () => string

  constructor(pin: () => string) {
    this.#pin = pin
  }

  sleep(): void {
    this.on = false
    this.locked = true
    this.typed = ''
  }

  wake(): void {
    this.on = true
  }

  /** What a swipe over the lock screen does: without a PIN it is open. */
  dismiss(): void {
    if (this.on && this.#pin() === '') this.locked = false
  }

  type(text: string): void {
    if (this.locked) this.typed += text
  }

  /** @returns whether it was the right PIN, or none was asked for */
  enter(): boolean {
    if (this.typed === this.#pin()) this.locked = false
    this.typed = ''
    return !this.locked
  }
}
