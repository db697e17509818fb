import path from 'node:path'
import { types } from 'node:util'
import type { SourceLocation } from '../error/baton-error.js'
import { firstUserPlace, frameLocation, isFrame, isUserFrame } from '../error/stack-frames.js'
import type { StackReader } from './caller-place.js'
import { safeText } from './safe-text.js'
import { plainStack } from './stack-depth.js'

/** How many causes are followed; a cause may be circular. */
const maxCauses = 3
/** How many errors of an AggregateError are listed. */
const maxInnerErrors = 10

/** A script may set any name; only texts and numbers mean something. */
export function errorName(name: unknown): string {
  return (typeof name === 'string' || typeof name === 'number') && name !== '' ? safeText(String(name)) : 'Error'
}

/** Of whatever type a script gave it. */
export interface ErrorLike {
  name: unknown
  message: unknown
  stack?: unknown
  cause?: unknown
  errors?: unknown
}

/** As mocha: anything with a message is an error. */
export function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (thrown instanceof Error || types.isNativeError(thrown)) return true
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return false
  return 'name' in thrown || typeof thrown.message === 'string'
}

export interface DescribedStack {
  /** The frames of an error, then those of its causes, and of the errors that it consists of. */
  stack: string
  /** The user's innermost place in the error's own frames. */
  place: SourceLocation | undefined
  /** The same of the first cause or inner error that has one. */
  innerPlace: SourceLocation | undefined
}

/** @param reader - maps locations in the compiled code to those in the source */
export function describeStack(
  error: unknown,
  reader: Pick<StackReader, 'mapStack' | 'sourceText' | 'thrown'>,
): DescribedStack {
  if (!isErrorLike(error)) return { stack: '', place: undefined, innerPlace: undefined }
  const framesOf = (each: ErrorLike): string => userFrames(reader.mapStack(safeText(withoutMessage(each))))
  const own = framesOf(error)
  const parts = [own]
  let innerPlace: SourceLocation | undefined
  const add = (heading: string, inner: unknown): void => {
    if (isErrorLike(inner)) {
      const frames = framesOf(inner)
      const place = firstUserPlace(frames)
      innerPlace ??= place ?? reader.thrown.find(inner)
      parts.push(reader.mapStack(`${heading}: ${errorName(inner.name)}: ${safeText(inner.message)}`), frames)
    } else {
      innerPlace ??= reader.thrown.find(inner)
      parts.push(`${heading}: ${safeText(inner)}`)
    }
  }
  let last: ErrorLike = error
  for (let depth = 0; depth < maxCauses && last.cause !== undefined && last.cause !== null; depth++) {
    add('Caused by', last.cause)
    if (!isErrorLike(last.cause)) break
    last = last.cause
  }
  if (Array.isArray(error.errors)) {
    for (const inner of error.errors.slice(0, maxInnerErrors)) add('One of several errors', inner)
  }
  return { stack: parts.filter(part => part !== '').join('\n'), place: ownPlace(own, reader), innerPlace }
}

/** The innermost place in a file that exists, if any: `vm` and `eval` give code names of their own. */
function ownPlace(stack: string, { sourceText }: Pick<StackReader, 'sourceText'>): SourceLocation | undefined {
  const places = stack.split('\n').flatMap(line => (isUserFrame(line) ? (frameLocation(line) ?? []) : []))
  return places.find(({ file }) => path.isAbsolute(file) || sourceText(file) !== undefined) ?? places[0]
}

/** A message may contain another stack. */
function withoutMessage(error: ErrorLike): string {
  const { message } = error
  const stack = plainStack(error)
  const at = typeof message === 'string' && message !== '' ? stack.indexOf(message) : -1
  return at === -1 ? stack : stack.slice(at + String(message).length)
}

/** Returns a text without the lines that are frames of Node, of packages around the script, and of Baton. */
export function foldFrames(text: string): string {
  const isFolded = (line: string): boolean =>
    isFrame(line) && (engine.test(line) || library.test(line) || line.includes(ownDirectory))
  return text
    .split('\n')
    .filter(line => !isFolded(line))
    .join('\n')
}

/** Returns the frames, without those of Node and mocha, and without those of packages unless there are no others. */
function userFrames(stack: string): string {
  const frames = stack.split('\n').filter(line => isFrame(line) && !engine.test(line))
  if (!frames.some(isUserFrame)) return frames.join('\n')
  return frames.filter(line => !library.test(line) && !line.includes(ownDirectory)).join('\n')
}

const engine = /\bnode:|[\\/]node_modules[\\/]mocha[\\/]/
const library = /[\\/]node_modules[\\/](?:webdriver|webdriverio|@wdio|expect|expect-webdriverio|undici)[\\/]/
const ownDirectory = new URL('../', import.meta.url).pathname
