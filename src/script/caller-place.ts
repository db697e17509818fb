import { fileURLToPath } from 'node:url'
import type { SourceLocation } from '../error/baton-error.js'

/** What is needed to find a location in the user's source. */
export interface StackReader {
  /** File name of the module's compiled code, as stacks show it. */
  readonly fileName: string
  /** Replaces locations in the compiled code by those in the source. */
  readonly mapStack: (stack: string) => string
}

/**
 * Returns where the user's code called Baton: the nearest frame of the running module, without packages in its bundle.
 * Takes microseconds, because no stack text is formatted.
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

/** Parses the first `file:line:column` of a stack. */
export function parsePlace(stack: string): SourceLocation | undefined {
  const found = /^\s*at (?:.*\()?(.+?):(\d+):(\d+)\)?$/m.exec(stack)
  if (!found) return undefined
  const [, file = '', line, column] = found
  return { file, line: Number(line), column: Number(column) }
}

/** Frames to record: the user's call may be behind those of Baton, `@wdio/globals` and mocha's interface. */
const maxFrames = 15

const ownDirectory = fileURLToPath(new URL('.', import.meta.url))

function userFrames(fileName: string): string[] {
  const { stackTraceLimit } = Error
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = maxFrames
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
    // For Node, a missing one and an undefined one differ.
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}

/** Whether a frame belongs neither to Baton nor to a package nor to Node. */
function isForeign(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName()?.replace(/^file:\/\//, '')
  return file !== undefined && !/^node:|[\\/]node_modules[\\/]/.test(file) && !file.startsWith(ownDirectory)
}
