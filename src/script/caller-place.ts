import type { SourceLocation } from '../error/baton-error.js'
import { frameLocation, isUserFile } from '../error/stack-frames.js'

/** What is needed to find a location in the user's source. */
export interface StackReader {
  /** File name of the module's compiled code, as stacks show it. */
  readonly fileName: string
  /** Replaces locations in the compiled code by those in the source. */
  readonly mapStack: (stack: string) => string
  /** Returns the text of one of the user's source files, by its path as in mapped stacks. */
  readonly sourceText: (file: string) => string | undefined
  /** Where the module threw values that have no stack of their own. */
  readonly thrown: { readonly find: (value: unknown) => SourceLocation | undefined }
}

/**
 * Returns where the user's code called Baton: the nearest frame of the running module, without packages in its bundle.
 * Takes microseconds, because no stack text is formatted.
 */
export function callerPlace(reader: StackReader): SourceLocation | undefined {
  let nearest: SourceLocation | undefined
  for (const frame of userFrames(reader.fileName)) {
    const place = frameLocation(reader.mapStack(`    at ${frame}`))
    if (place && isUserFile(place.file)) return place
    nearest ??= place
  }
  return nearest
}

/** Frames to record: the user's call may be behind those of Baton, `@wdio/globals` and mocha's interface. */
const maxFrames = 15

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
  return file !== undefined && isUserFile(file)
}
