import assert, { AssertionError } from 'node:assert'
import * as namespace from 'node:assert'
import * as strictNamespace from 'node:assert/strict'
import type { SourceLocation } from '../error/baton-error.js'
import { callExpressionAt } from '../module/call-expression.js'

/*
 * Node's `assert(value)` reads the source file to show the expression that was false. It would read the bundle, which is not
 * a file; so modules get an `assert` that reads the source of the bundle.
 */

/** What is needed to find the source of a call. */
interface SourceReader {
  readonly fileName: string
  readonly locate: (line: number, column: number) => SourceLocation | undefined
  readonly sourceText: (file: string) => string | undefined
}

type Check = (...args: unknown[]) => void

/** Returns the replacements for Node's own modules; `undefined` for all others. */
export function createBuiltins(reader: SourceReader): (source: string) => object | undefined {
  let created: { loose: object; strict: object } | undefined
  return source => {
    const name = source.replace(/^node:/, '')
    if (name !== 'assert' && name !== 'assert/strict') return undefined
    created ??= createAsserts(reader)
    return name === 'assert' ? created.loose : created.strict
  }
}

function createAsserts(reader: SourceReader): { loose: object; strict: object } {
  const ok = createCheck('ok', reader)
  const strict = createCheck('strict', reader)
  Object.assign(strict, assert.strict, { ok, strict })
  Object.assign(ok, assert, { ok, strict })
  return {
    loose: { ...namespace, default: ok, 'module.exports': ok, ok, strict },
    strict: { ...strictNamespace, default: strict, 'module.exports': strict, ok, strict },
  }
}

/** As in Node's lib/internal/assert/utils.js. */
function createCheck(name: string, reader: SourceReader): Check {
  const check = (...args: unknown[]): void => {
    const [value, message] = args
    if (value) return
    if (message instanceof Error) throw message
    const isGenerated = args.length === 0 || message === undefined || message === null
    const text =
      args.length === 0
        ? 'No value argument passed to `assert.ok()`'
        : isGenerated
          ? falsyMessage(callerExpression(reader, check))
          : message
    const error = new AssertionError({
      ...(text === undefined ? {} : { message: text as string }),
      actual: value,
      expected: true,
      operator: '==',
      stackStartFn: check,
    })
    error.generatedMessage = isGenerated
    throw error
  }
  return Object.defineProperty(check, 'name', { value: name })
}

function falsyMessage(expression: string | undefined): string | undefined {
  return expression === undefined ? undefined : `The expression evaluated to a falsy value:\n\n  ${expression}\n`
}

/** Returns the source of the call that is running. */
function callerExpression(reader: SourceReader, called: Check): string | undefined {
  const frame = callerFrame(called)
  if (frame?.getFileName() !== reader.fileName) return undefined
  const place = reader.locate(frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0)
  const source = place && reader.sourceText(place.file)
  return place && source !== undefined ? callExpressionAt(source, place.line ?? 0, place.column ?? 0) : undefined
}

function callerFrame(called: Check): NodeJS.CallSite | undefined {
  const { stackTraceLimit } = Error
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = (_, frames) => frames
    Error.captureStackTrace(holder, called)
    return (holder.stack as NodeJS.CallSite[])[0]
  } catch {
    // The module has frozen Error.
    return undefined
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    // For Node, a missing one and an undefined one differ.
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}
