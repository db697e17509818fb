/**
 * Frames to record if the script's own line may be many frames of WebdriverIO up the stack; Node's default is 10.
 */
export const deepStack = 60

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
