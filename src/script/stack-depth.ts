/**
 * Frames to record of a stack in which the script's own line may be far up: WebdriverIO often has more frames between its
 * error and that line than Node's default of 10. Mocha's command line records all frames; this bounds deep recursions.
 */
export const deepStack = 200

/**
 * Creates an error, or captures a stack, with a given number of frames.
 * @param frames - how many frames `create` records
 */
export function withStackDepth<T>(frames: number, create: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = frames
  try {
    return create()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/**
 * Reads a stack as V8 formats it, even if the module has set `Error.prepareStackTrace`.
 * @param holder - an error, or what `Error.captureStackTrace` was called with
 * @returns the empty string if the stack is not text
 */
export function plainStack(holder: { stack?: unknown }): string {
  const stack = withoutPrepare(() => holder.stack)
  return typeof stack === 'string' ? stack : ''
}

/** Runs a function without the module's `Error.prepareStackTrace`. */
function withoutPrepare<T>(act: () => T): T {
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  if (!prepare?.configurable) return act()
  Reflect.deleteProperty(Error, 'prepareStackTrace')
  try {
    return act()
  } finally {
    Object.defineProperty(Error, 'prepareStackTrace', prepare)
  }
}
