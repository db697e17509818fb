import { diffLines, type ChangeObject } from 'diff'
import type { ErrorRecord } from '../event/run-event.js'
import type { Paint } from './paint.js'
import { plainText } from './plain-text.js'

/** Unchanged lines shown around each change. */
const context = 3
/** Longer texts are not compared line by line, which would take too long. */
const maxTextLength = 100_000
/** Nor are texts that differ in more lines: the time grows with the square of this. */
const maxChangedLines = 1_000

/**
 * Both sides of a failed comparison as lines; none if the message shows them already, as those of node:assert and of the
 * WebdriverIO matchers do.
 */
export function formatComparison(error: ErrorRecord, paint: Paint): string[] {
  if (error.expected === undefined || error.actual === undefined) return []
  const expected = plainText(error.expected)
  const actual = plainText(error.actual)
  if (isInMessage(plainText(error.message), expected, actual)) return []
  const changes = changedLines(expected, actual)
  if (!changes) {
    const [left, right] = [expected, actual].map(text => (text === '' ? '(empty)' : text))
    return [`expected: ${paint('green', left ?? '')}`, `received: ${paint('red', right ?? '')}`]
  }
  const lines = changes.flatMap(({ value, added, removed }, index) => {
    const all = value.split('\n').slice(0, -1)
    if (added) return all.map(line => paint('red', `+ ${line}`))
    if (removed) return all.map(line => paint('green', `- ${line}`))
    return fold(all, index > 0, index < changes.length - 1).map(line => `  ${line}`)
  })
  return [`${paint('green', '- expected')} ${paint('red', '+ received')}`, '', ...lines]
}

/** Returns undefined for texts of one line, and for those that take too long. */
function changedLines(expected: string, actual: string): ChangeObject<string>[] | undefined {
  if (!expected.includes('\n') && !actual.includes('\n')) return undefined
  if (expected.length + actual.length > maxTextLength) return undefined
  return diffLines(withNewline(expected), withNewline(actual), { maxEditLength: maxChangedLines })
}

function isInMessage(message: string, expected: string, actual: string): boolean {
  return message.includes('+ actual - expected') || (mentions(message, expected) && mentions(message, actual))
}

/** Quotes are ignored, because libraries use different ones. */
function mentions(message: string, side: string): boolean {
  const bare = side.replace(/^(["'`])(.*)\1$/s, '$2')
  return bare === '' ? /''|""|``/.test(message) : message.includes(bare)
}

const withNewline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

/** Keeps of unchanged lines those next to a change. */
function fold(lines: readonly string[], after: boolean, before: boolean): string[] {
  const head = after ? context : 0
  const tail = before ? context : 0
  if (lines.length <= head + tail + 1) return [...lines]
  return [...lines.slice(0, head), '…', ...lines.slice(lines.length - tail)]
}
