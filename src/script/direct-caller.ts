import { withStackDepth } from './stack-depth.js'

/** Frames of Node and of packages in `node_modules`. A module is compiled under another name, with what it bundles. */
const library = /\(?(?:node:|.*[\\/]node_modules[\\/])/
const ownDirectory = new URL('../', import.meta.url).href

/** Whether code of a module, rather than Node, a library or Baton, calls `callee`, which is on the stack. */
export function isCalledByModule(callee: Function): boolean {
  const holder: { stack?: unknown } = {}
  withStackDepth(1, () => Error.captureStackTrace(holder, callee))
  try {
    const [, frame = ''] = String(holder.stack).split('\n')
    return frame !== '' && !library.test(frame) && !frame.includes(ownDirectory)
  } catch {
    // The module replaced what formats stacks.
    return true
  }
}
