/** Splits text that arrives in pieces into lines: messages of one line each, between processes. */
export class LineSplitter {
  #rest = ''

  /**
   * @param onLine - gets each line as it ends, without its `\n`
   * @param maxLength - characters of a line that are kept; default: no limit
   */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly maxLength = Infinity,
  ) {}

  add(text: string): void {
    const [first = '', ...others] = text.split('\n')
    this.#append(first)
    for (const other of others) {
      this.onLine(this.#takeLine())
      this.#append(other)
    }
  }

  /** Passes on a last line that has no `\n`. */
  end(): void {
    if (this.#rest !== '') this.onLine(this.#takeLine())
  }

  #append(text: string): void {
    const room = this.maxLength - this.#rest.length
    this.#rest += text.length > room ? text.slice(0, room) : text
  }

  #takeLine(): string {
    const line = this.#rest
    this.#rest = ''
    return line
  }
}
