import Mocha from 'mocha'
import { BatonError, formatLocation } from '../error/baton-error.js'
import type { ErrorRecord } from '../event/run-event.js'
import { cutText, safeText } from './safe-text.js'

/** How many causes are followed; a cause may be circular. */
const maxCauses = 3
/** How many errors of an AggregateError are listed. */
const maxInnerErrors = 10

/**
 * Converts whatever was thrown to a record. Never throws.
 * @param mapStack - replaces locations in the compiled code by those in the source
 */
export function toErrorRecord(thrown: unknown, mapStack: (stack: string) => string): ErrorRecord {
  try {
    return readError(thrown, mapStack)
  } catch {
    // A getter or Proxy that throws. Even so, the module must get a result.
    return { name: 'Error', message: "an error was thrown that can't be read: reading it throws, too" }
  }
}

function readError(thrown: unknown, mapStack: (stack: string) => string): ErrorRecord {
  if (!isErrorLike(thrown)) {
    return { name: 'Error', message: `${Mocha.utils.stringify(thrown)} was thrown, which is not an Error` }
  }
  const stack = stackText(thrown, mapStack)
  return {
    name: errorName(thrown.name),
    message: safeText(thrown instanceof BatonError ? batonMessage(thrown) : thrown.message),
    ...(stack === '' ? {} : { stack }),
    ...(thrown instanceof BatonError ? batonDetails(thrown) : {}),
    ...comparison(thrown),
  }
}

/** A script may set any name; only texts and numbers mean something. */
function errorName(name: unknown): string {
  return (typeof name === 'string' || typeof name === 'number') && name !== '' ? safeText(String(name)) : 'Error'
}

/** Of whatever type a script gave it. */
interface ErrorLike {
  name: unknown
  message: unknown
  stack?: unknown
  cause?: unknown
}

function isErrorLike(thrown: unknown): thrown is ErrorLike {
  return (
    thrown instanceof Error ||
    (typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown)
  )
}

function batonMessage(error: BatonError): string {
  return error.place ? `${formatLocation(error.place)}: ${error.message}` : error.message
}

function batonDetails(error: BatonError): Pick<ErrorRecord, 'code' | 'hint' | 'device'> {
  return {
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.device === undefined ? {} : { device: error.device }),
  }
}

function stackText(error: ErrorLike, mapStack: (stack: string) => string): string {
  const parts: string[] = []
  let next: unknown = error
  for (let depth = 0; depth <= maxCauses && isErrorLike(next); depth++) {
    const frames = userFrames(mapStack(safeText(typeof next.stack === 'string' ? next.stack : '')))
    parts.push(depth === 0 ? frames : `Caused by: ${errorName(next.name)}: ${safeText(next.message)}\n${frames}`)
    next = next.cause
  }
  if (error instanceof AggregateError) {
    for (const inner of error.errors.slice(0, maxInnerErrors)) {
      if (isErrorLike(inner)) parts.push(`One of several errors: ${errorName(inner.name)}: ${safeText(inner.message)}`)
    }
  }
  return parts.filter(part => part !== '').join('\n')
}

/** Returns the frames, without those of Node and mocha, and without those of WebdriverIO unless there are no others. */
function userFrames(stack: string): string {
  const frames = stack.split('\n').filter(line => /^\s+at /.test(line) && !engine.test(line))
  const own = frames.filter(line => !library.test(line) && !line.includes(ownDirectory))
  return (own.length > 0 ? own : frames).join('\n')
}

const engine = /\bnode:|[\\/]node_modules[\\/]mocha[\\/]/
const library = /[\\/]node_modules[\\/](?:webdriver|webdriverio|@wdio|expect|expect-webdriverio|undici)[\\/]/
const ownDirectory = new URL('.', import.meta.url).pathname

function comparison(error: object): Pick<ErrorRecord, 'expected' | 'actual'> {
  if (!('expected' in error && 'actual' in error)) return {}
  if ('showDiff' in error && error.showDiff === false) return {}
  const { expected, actual } = error
  if (expected === undefined && actual === undefined) return {}
  return { expected: comparedText(expected), actual: comparedText(actual) }
}

/** As mocha shows it in a comparison; it can't stringify everything, such as a symbol. */
function comparedText(value: unknown): string {
  try {
    return cutText(Mocha.utils.stringify(value))
  } catch {
    return safeText(value)
  }
}
