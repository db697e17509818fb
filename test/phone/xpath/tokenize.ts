/**
 * Splits an expression into its tokens.
 * @param pattern - matches one token at `lastIndex` (flag `y`), with the spaces before it
 * @param errorAt - the error for a text that is no token, by its position
 */
export function tokenize(text: string, pattern: RegExp, errorAt: (position: number) => Error): string[] {
  const found: string[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.trimEnd().length) {
    const position = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) throw errorAt(position)
    found.push(match[0].trim())
  }
  return found
}
