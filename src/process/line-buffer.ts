/** Characters of one line that are kept; the rest of the line is counted and dropped. */
const maxLineLength = 1_000_000
const longestWord = 1_000

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
    if (dropped === 0) return line
    const kept = line.slice(0, cutPosition(line))
    return `${kept}… (${dropped + line.length - kept.length} more characters of this line left out)`
  }
}

/** Where a line that is too long is cut: between words, because half a secret could not be masked; else between characters. */
function cutPosition(line: string): number {
  const from = line.length - longestWord
  const space = line.slice(from).search(/\s\S*$/)
  if (space >= 0) return from + space
  return /[\uD800-\uDBFF]$/.test(line.slice(-1)) ? line.length - 1 : line.length
}
