/** The parts of a terminal that a live view needs; `process.stdout` is one. */
export interface Terminal {
  write(text: string): unknown
  readonly columns: number
  readonly rows: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html; the synchronized update is
// https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036, which other terminals ignore.
// Not from the very first cell: tmux would take that for the whole screen and keep each frame in its history.
const clearBelow = '\r \u001B[J\r'
const beginUpdate = '\u001B[?2026h\u001B[?25l'
const endUpdate = '\u001B[?25h\u001B[?2026l'
const wrapOff = '\u001B[?7l'
const wrapOn = '\u001B[?7h'

/**
 * A few lines that are redrawn in place, below lines that stay.
 *
 * Between two updates, the visible cursor rests at the start of the frame, and every mode is unchanged. When a resize rewraps
 * lines, terminals move the cursor with its line, so the frame is found again however it was wrapped. A process that is killed
 * leaves nothing behind but the frame itself. Lines of the frame don't wrap: a terminal whose characters are wider than
 * expected cuts them, and no line is lost.
 */
export class LiveScreen {
  #frame = ''
  #above = ''

  constructor(private readonly terminal: Terminal) {}

  /** Adds whole lines above the frame; seen with the next update. */
  print(text: string): void {
    this.#above += text
  }

  /** Shows a frame of at most `terminal.rows - 1` lines in place of the one before, below what was printed. */
  draw(lines: readonly string[]): void {
    const frame = lines.join('\r\n')
    if (this.#above === '' && frame === this.#frame) return
    const back = lines.length > 1 ? `\r\u001B[${lines.length - 1}A` : '\r'
    const drawn = frame === '' ? '' : `${wrapOff}${frame}${back}${wrapOn}`
    this.terminal.write(`${beginUpdate}${clearBelow}${this.#above}${drawn}${endUpdate}`)
    this.#frame = frame
    this.#above = ''
  }

  /** The screen may have changed: the next update draws everything. */
  forget(): void {
    this.#frame = '\0'
  }
}
