import { fileURLToPath } from 'node:url'
import type { SourceLocation } from '../error/baton-error.js'

/** What is needed to find a place in the user's source. */
export interface StackReader {
  /** File name of the module's compiled code, as stacks show it. */
  readonly fileName: string
  /** Turns places in the compiled code into places in the source. */
  readonly mapStack: (stack: string) => string
}

/**
 * Where the user's code calls from: the nearest frame of the module that runs, packages in its bundle left out. Costs
 * microseconds, as no stack text is made.
 */
export function callerPlace(reader: StackReader): SourceLocation | undefined {
  let nearest: SourceLocation | undefined
  for (const frame of userFrames(reader.fileName)) {
    const place = parsePlace(reader.mapStack(`    at ${frame}`))
    if (place && !/(^|[\\/])node_modules[\\/]/.test(place.file)) return place
    nearest ??= place
  }
  return nearest
}

/** The first `file:line:column` of a stack's text. */
export function parsePlace(stack: string): SourceLocation | undefined {
  const found = /^\s*at (?:.*\()?(.+?):(\d+):(\d+)\)?$/m.exec(stack)
  if (!found) return undefined
  const [, file = '', line, column] = found
  return { file, line: Number(line), column: Number(column) }
}

/** Frames between the user's call and here: Baton's own, those of `@wdio/globals`, of mocha's interface. */
const framesBetween = 15

const ownDirectory = fileURLToPath(new URL('.', import.meta.url))

function userFrames(fileName: string): string[] {
  const { stackTraceLimit } = Error
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = framesBetween
    Error.prepareStackTrace = (_, frames) => {
      const own = frames.filter(frame => frame.getFileName() === fileName)
      return (own.length > 0 ? own : frames.filter(isForeign)).map(
        frame => `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`,
      )
    }
    Error.captureStackTrace(holder)
    return Array.isArray(holder.stack) ? holder.stack : []
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    // Node tells a missing one from one that was set to undefined.
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}

/** Neither Baton's nor a library's nor Node's. */
function isForeign(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName()?.replace(/^file:\/\//, '')
  return file !== undefined && !/^node:|[\\/]node_modules[\\/]/.test(file) && !file.startsWith(ownDirectory)
}
