import { plainStack } from './stack-depth.js'
import { isWritable, outline } from './written-value.js'

/**
 * Returns what was thrown, or an error that takes its place if mocha can't handle it: mocha reads properties, which may throw,
 * and writes out what is not an error, which may take forever.
 */
export function readableError(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown
  try {
    plainStack(thrown)
    for (const key of ['name', 'message', 'cause', 'code', 'actual', 'expected']) Reflect.get(thrown, key)
    // Mocha takes anything with a message for an error.
    if (typeof Reflect.get(thrown, 'message') === 'string' || isWritable(thrown)) return thrown
    return new Error(`${outline(thrown)} was thrown, which is not an Error`)
  } catch {
    return readableCopy(thrown)
  }
}

/** Returns an error with those of a thrown object's name, message and stack that are texts and can be read. */
export function readableCopy(thrown: object): Error {
  const message = textOf(() => Reflect.get(thrown, 'message'))
  if (message === undefined) return new Error("an error was thrown that can't be read: reading it throws, too")
  const name = textOf(() => Reflect.get(thrown, 'name')) ?? 'Error'
  return Object.assign(new Error(message), { name, stack: textOf(() => plainStack(thrown)) ?? '' })
}

function textOf(read: () => unknown): string | undefined {
  try {
    const value = read()
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
