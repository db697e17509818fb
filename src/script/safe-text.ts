import { inspect, stripVTControlCharacters } from 'node:util'
import { isWritable, outline } from './written-value.js'

/** Characters of a text that a module may put into an event; the rest is cut. */
const maxCharacters = 100_000

/**
 * Turns a value that a module controls into text for events: a message, a name, a title. They may be of any type, of any size,
 * and throw when they are read.
 */
export function safeText(value: unknown): string {
  return cutText(stripVTControlCharacters(typeof value === 'string' ? value : describeValue(value)))
}

export function cutText(text: string): string {
  const left = text.length - maxCharacters
  return left > 0 ? `${text.slice(0, maxCharacters)}… (${left} more characters)` : text
}

function describeValue(value: unknown): string {
  try {
    if (!isWritable(value)) return outline(value)
    return inspect(value, { depth: 3, maxArrayLength: 100, maxStringLength: maxCharacters })
  } catch {
    return `a value that can't be read`
  }
}
