import Mocha from 'mocha'
import { BatonError, formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { ErrorRecord } from '../event/run-event.js'
import { codeFrame } from '../module/code-frame.js'
import type { StackReader } from './caller-place.js'
import { describeStack, errorName, foldFrames, isErrorLike } from './describe-stack.js'
import { readableCopy } from './readable-error.js'
import { cutText, safeText } from './safe-text.js'
import { isWritable, outline } from './written-value.js'

/** Where an error comes from, if its stack doesn't show it. */
export interface ErrorOrigin {
  /** What was thrown, if `error` only stands for it: mocha replaces `undefined` and the like by an Error. */
  thrown?: { value: unknown } | undefined
  /** Returns the best place that is known, if neither the error nor what it was thrown with has one. */
  fallback?: (stack: string) => SourceLocation | undefined
}

type Reader = Pick<StackReader, 'mapStack' | 'sourceText' | 'thrown'>

const plainReader: Reader = {
  mapStack: stack => stack,
  sourceText: () => undefined,
  thrown: { find: () => undefined },
}

/** Converts whatever was thrown to a record. Never throws. */
export function toErrorRecord(error: unknown, reader: Reader = plainReader, origin: ErrorOrigin = {}): ErrorRecord {
  try {
    return readError(error, reader, origin)
  } catch {
    // A getter or Proxy that throws. Even so, the module must get a result.
    const copy = readableCopy(Object(error) as object)
    const { fallback = () => undefined } = origin
    return readError(copy, reader, { fallback: stack => reader.thrown.find(error) ?? fallback(stack) })
  }
}

function readError(error: unknown, reader: Reader, { thrown, fallback }: ErrorOrigin): ErrorRecord {
  const { stack, place: ownPlace, innerPlace } = describeStack(error, reader)
  const place =
    placeOfBatonError(error) ??
    ownPlace ??
    (thrown && reader.thrown.find(thrown.value)) ??
    reader.thrown.find(error) ??
    innerPlace ??
    fallback?.(stack)
  return {
    name: isErrorLike(error) ? errorName(error.name) : 'Error',
    message: foldFrames(reader.mapStack(messageOf(error))),
    // Frames of others help only if there is nothing else.
    ...located(ownPlace || !place ? stack : foldFrames(stack), place, reader),
    ...(error instanceof BatonError ? batonDetails(error) : {}),
    ...(isErrorLike(error) ? comparison(error, reader) : {}),
  }
}

/** The stack with the user's line in it, the line alone, and the source around it. */
export function located(
  stack: string,
  place: SourceLocation | undefined,
  reader: Pick<StackReader, 'sourceText'>,
): Pick<ErrorRecord, 'stack' | 'place' | 'codeFrame'> {
  if (!place) return stack === '' ? {} : { stack }
  const at = formatLocation(place)
  const source = place.line === undefined ? undefined : reader.sourceText(place.file)
  const frame = source === undefined ? undefined : codeFrame(source, place.line ?? 0, place.column)
  return {
    stack: stack.includes(at) ? stack : [`    at ${at}`, stack].filter(part => part !== '').join('\n'),
    place: at,
    ...(frame === undefined ? {} : { codeFrame: safeText(frame) }),
  }
}

/** A BatonError knows which call of the script it is about. */
function placeOfBatonError(error: unknown): SourceLocation | undefined {
  return error instanceof BatonError && error.place?.line !== undefined ? error.place : undefined
}

function messageOf(error: unknown): string {
  if (!isErrorLike(error)) return `${writtenText(error)} was thrown, which is not an Error`
  return safeText(error instanceof BatonError ? batonMessage(error) : error.message)
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

function comparison(error: object, { mapStack }: Reader): Pick<ErrorRecord, 'expected' | 'actual'> {
  if (!('expected' in error && 'actual' in error)) return {}
  if ('showDiff' in error && error.showDiff === false) return {}
  const { expected, actual } = error
  if (expected === undefined && actual === undefined) return {}
  return { expected: mapStack(writtenText(expected)), actual: mapStack(writtenText(actual)) }
}

/** As mocha writes it, unless that would take too long; mocha can't write everything, such as a symbol. */
function writtenText(value: unknown): string {
  try {
    return isWritable(value) ? cutText(Mocha.utils.stringify(value)) : outline(value)
  } catch {
    return safeText(value)
  }
}
