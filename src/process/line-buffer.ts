/** Characters of one line that are kept; the rest of the line is counted and dropped. */
const maxLineLength = 1_000_000

/** Turns output that arrives in pieces into whole lines. Holds one unfinished line at most, so its memory is bounded. */
export class LineBuffer {
  readonly #emit: (lines: string) => void
  #line = ''
  #dropped = 0

  /** @param emit - receives one or more whole lines, joined by `\n` */
  constructor(emit: (lines: string) => void) {
    this.#emit = emit
  }

  add(text: string): void {
    const [first = '', ...others] = text.split('\n')
    this.#append(first)
    const lines: string[] = []
    for (const other of others) {
      lines.push(this.#takeLine())
      this.#append(other)
    }
    if (lines.length > 0) this.#emit(lines.join('\n'))
  }

  /** Emits the unfinished line, if there is one. */
  flush(): void {
    if (this.#line !== '') this.#emit(this.#takeLine())
  }

  #append(text: string): void {
    const kept = text.slice(0, maxLineLength - this.#line.length)
    this.#line += kept
    this.#dropped += text.length - kept.length
  }

  #takeLine(): string {
    const [line, dropped] = [this.#line, this.#dropped]
    this.#line = ''
    this.#dropped = 0
    // The cut may have split a surrogate pair.
    const whole = dropped > 0 ? line.replace(/[\uD800-\uDBFF]$/, '') : line
    return dropped > 0 ? `${whole}… (${dropped} more characters of this line left out)` : whole
  }
}
