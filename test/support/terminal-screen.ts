import xterm from '@xterm/headless'
import type { Terminal } from '../../src/report/live-screen.js'

/** A terminal without a window: shows what a user would see. */
export class TerminalScreen implements Terminal {
  readonly #terminal: xterm.Terminal
  readonly #listeners = new Set<() => void>()
  /** Everything that was written, write by write. */
  readonly written: string[] = []

  constructor(columns: number, rows: number) {
    // As the line discipline of a real one does, a line feed also returns.
    const options = { cols: columns, rows, scrollback: 10_000, convertEol: true, allowProposedApi: true }
    this.#terminal = new xterm.Terminal(options)
  }

  get columns(): number {
    return this.#terminal.cols
  }

  get rows(): number {
    return this.#terminal.rows
  }

  get listeners(): number {
    return this.#listeners.size
  }

  write(text: string): void {
    this.written.push(text)
    this.#terminal.write(text)
  }

  on(_event: 'resize', listener: () => void): void {
    this.#listeners.add(listener)
  }

  off(_event: 'resize', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#settle()
    this.#terminal.resize(columns, rows)
    for (const listener of this.#listeners) listener()
  }

  /** Everything from the top of the scrollback to the last line that holds something. */
  async text(): Promise<string> {
    return (await this.#lines(0)).join('\n').trimEnd()
  }

  /** The visible lines. */
  async screen(): Promise<string> {
    return (await this.#lines(this.#terminal.buffer.active.baseY)).join('\n').trimEnd()
  }

  /** The palette's colour (1 red, 2 green, …) of the first place where this text is seen; -1 is the default. */
  async colourOf(text: string): Promise<number | undefined> {
    const lines = await this.#lines(0)
    const row = lines.findIndex(line => line.includes(text))
    const cell = this.#terminal.buffer.active.getLine(row)?.getCell(lines[row]?.indexOf(text) ?? 0)
    return cell?.isFgDefault() ? -1 : cell?.getFgColor()
  }

  /** The line on which the cursor is. */
  async cursorLine(): Promise<string> {
    await this.#settle()
    const { baseY, cursorY } = this.#terminal.buffer.active
    return this.#terminal.buffer.active.getLine(baseY + cursorY)?.translateToString(true) ?? ''
  }

  async modes(): Promise<{ wraps: boolean; cursorShown: boolean }> {
    await this.#settle()
    const all = this.written.join('')
    // The emulator keeps to itself whether the cursor is hidden.
    const cursorShown = all.lastIndexOf('\u001B[?25h') >= all.lastIndexOf('\u001B[?25l')
    return { wraps: this.#terminal.modes.wraparoundMode, cursorShown }
  }

  async #lines(from: number): Promise<string[]> {
    await this.#settle()
    const { active } = this.#terminal.buffer
    const rows = Array.from({ length: active.length - from }, (_, index) => active.getLine(from + index))
    return rows.map(row => row?.translateToString(true) ?? '')
  }

  #settle(): Promise<void> {
    return new Promise(resolve => this.#terminal.write('', resolve))
  }
}
