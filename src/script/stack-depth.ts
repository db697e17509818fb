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
