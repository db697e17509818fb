import { inspect } from 'node:util'
import { BatonError, type SourceLocation } from '../../error/baton-error.js'
import { firstUserPlace } from '../../error/stack-frames.js'

/** An error for something that the user's code has thrown, with the line that threw it. */
export function thrownError(
  error: unknown,
  what: string,
  file: SourceLocation,
  mapStack: (stack: string) => string,
): BatonError {
  if (error instanceof BatonError && error.place) return error
  const stack = error instanceof Error ? mapStack(error.stack ?? '') : ''
  const own = stack.split('\n').find(line => /^\s+at /.test(line) && !/node_modules|node:|\(<anonymous>\)/.test(line))
  const text = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)
  return new BatonError('BATON_CONFIG_INVALID', `${what}: ${text}`, {
    place: firstUserPlace(own ?? '') ?? file,
    cause: error,
  })
}

/** A value of a configuration, for an error. */
export function inspectValue(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 80 })
}
