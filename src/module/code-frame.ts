/** Lines shown before and after the one that is marked. */
const around = 2
/** Characters shown of a line; a bundled or generated source may be one long line. */
const maxWidth = 160

/**
 * The lines of a source around a place, numbered, with the place marked:
 *
 * ```
 *     11 |     await join('Bob')
 *   > 12 |     await $('#send').click()
 *        |     ^
 * ```
 * @param line - counts from 1
 * @param column - counts from 1; undefined to mark the line only
 * @returns undefined if the source has no such line
 */
export function codeFrame(source: string, line: number, column?: number): string | undefined {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/)
  if (line < 1 || line > lines.length) return undefined
  const first = Math.max(1, line - around)
  const last = Math.min(lines.length, line + around)
  const width = String(last).length
  const shown: string[] = []
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? ''
    shown.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${cut(text)}`.trimEnd())
    if (number !== line || column === undefined || column < 1 || column > maxWidth) continue
    // Tabs stay, so that the mark is below its character however wide they are.
    const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
    shown.push(`  ${' '.repeat(width)} | ${indent}^`)
  }
  return shown.join('\n')
}

function cut(text: string): string {
  return text.length > maxWidth ? `${text.slice(0, maxWidth)}…` : text
}
