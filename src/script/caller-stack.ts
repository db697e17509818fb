import { isUserFrame } from '../error/stack-frames.js'
import { plainStack } from './stack-depth.js'

/**
 * Captures the frames of the script that called, for errors of WebdriverIO that are thrown later from a timer or behind a
 * promise of its own: their stacks don't lead back to the script.
 * @returns adds these frames to an error whose stack has none of the script
 */
export function captureCallerStack(): (thrown: unknown) => void {
  const caller: { stack?: string } = {}
  Error.captureStackTrace(caller, captureCallerStack)
  return thrown => {
    if (!(thrown instanceof Error) || typeof thrown.stack !== 'string' || userFrames(thrown.stack).length > 0) return
    const frames = userFrames(plainStack(caller))
    if (frames.length > 0) thrown.stack = [thrown.stack, ...frames].join('\n')
  }
}

function userFrames(stack: string): string[] {
  return stack.split('\n').filter(isUserFrame)
}
