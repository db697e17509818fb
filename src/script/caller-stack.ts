import { fileURLToPath } from 'node:url'

const ownDirectory = fileURLToPath(new URL('.', import.meta.url))

/**
 * Captures the frames of the script that called, for errors of WebdriverIO that are thrown later from a timer or behind a
 * promise of its own: their stacks don't lead back to the script.
 * @returns adds these frames to an error whose stack has none of the script
 */
export function captureCallerStack(): (thrown: unknown) => void {
  const caller: { stack?: string } = {}
  Error.captureStackTrace(caller, captureCallerStack)
  return thrown => {
    if (!(thrown instanceof Error) || typeof thrown.stack !== 'string' || scriptFrames(thrown.stack).length > 0) return
    const frames = scriptFrames(caller.stack ?? '')
    if (frames.length > 0) thrown.stack = [thrown.stack, ...frames].join('\n')
  }
}

/** The frames that belong neither to Baton nor to a package nor to Node. */
function scriptFrames(stack: string): string[] {
  const frames = stack.split('\n').filter(line => /^\s+at .*:\d+:\d+\)?$/.test(line))
  return frames.filter(frame => !/\bnode:|[\\/]node_modules[\\/]/.test(frame) && !frame.includes(ownDirectory))
}
