import { tokenizer, tokTypes } from 'acorn'

/**
 * Returns the text of a call in a source, which may be TypeScript, as Node's `assert` shows it: `assert(a === b)`.
 * @param line - of the call's function; counts from 1
 * @param column - where the name of the function begins, with or without what it is a property of; counts from 1
 * @returns undefined if there is no call
 */
export function callExpressionAt(source: string, line: number, column: number): string | undefined {
  const lines = source.split('\n')
  const before = lines[line - 1]?.slice(0, column - 1)
  if (before === undefined) return undefined
  const object = /(?:[\w$]+\s*\.\s*)*$/.exec(before)?.[0] ?? ''
  const start = before.length - object.length
  const rest = [lines[line - 1]?.slice(start), ...lines.slice(line)].join('\n')
  const end = endOfCall(rest)
  return end === undefined ? undefined : withIndentOf(rest.slice(0, end), start)
}

/** Reads tokens instead of syntax: the types of TypeScript have the same brackets. */
function endOfCall(text: string): number | undefined {
  let depth = 0
  let called = false
  try {
    for (const token of tokenizer(text, { ecmaVersion: 'latest', sourceType: 'module' })) {
      if (opening.has(token.type)) {
        if (token.type === tokTypes.parenL) called = true
        depth++
      } else if (closing.has(token.type)) {
        depth--
        if (depth === 0 && called) return token.end
      } else if (depth === 0 && token.type !== tokTypes.name && token.type !== tokTypes.dot) return undefined
    }
  } catch {
    // Not even tokens.
  }
  return undefined
}

const opening: ReadonlySet<unknown> = new Set([
  tokTypes.parenL,
  tokTypes.braceL,
  tokTypes.bracketL,
  tokTypes.dollarBraceL,
])
const closing: ReadonlySet<unknown> = new Set([tokTypes.parenR, tokTypes.braceR, tokTypes.bracketR])

/** Removes the indentation of the first line from the others, and indents them by 2, as Node does. */
function withIndentOf(text: string, column: number): string {
  const [first = '', ...others] = text.split(/\r?\n/)
  const unindented = others.map(line => {
    const spaces = /^[ \t]*/.exec(line)?.[0].length ?? 0
    return `  ${line.slice(Math.min(spaces, column))}`
  })
  return [first, ...unindented].join('\n')
}
