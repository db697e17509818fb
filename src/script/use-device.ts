import { formatLocation } from '../error/baton-error.js'
import { lendBaton, passBaton } from './baton-cell.js'
import { callPlace } from './call-place.js'
import { branch, requireBranch, type Browser } from './module-context.js'
import { requireRole } from './require-role.js'
import { knownStrand, takeRole } from './branch/strand.js'

/**
 * Passes the baton: from here on `$`, `$$`, `browser`, `driver` and `expect` of `@wdio/globals` mean this device, in this
 * branch of execution. Sends no command.
 *
 * @param name - a role of this module: a key of its `export const devices`, or a device's name
 * @returns the device's browser
 * @throws BatonError BATON_DEVICE_UNKNOWN where the module has no such role, BATON_NO_TEST outside of a test or hook,
 *   BATON_TEST_OVER after its end, BATON_SHARED_BATON where a branch without a useDevice() of its own acted meanwhile,
 *   BATON_DEVICE_HELD where another branch of `parallel` or `start` has the device, BATON_BRANCH_STOPPED where another
 *   branch has failed
 */
export function useDevice(name: string): Promise<Browser>
/**
 * Lends the baton for the time of a callback; afterwards, also when it throws, the device before is active again.
 *
 * @param name - a role of this module
 * @param run - gets the device's browser
 * @returns what the callback returns
 * @throws as above, and whatever the callback throws
 */
export function useDevice<T>(name: string, run: (browser: Browser) => T | Promise<T>): Promise<T>
export function useDevice<T>(name: string, run?: (browser: Browser) => T | Promise<T>): Promise<Browser | T> {
  // Not an async function: the branch must be entered in the caller's own tick.
  try {
    return run ? lend(name, run) : pass(name)
  } catch (error) {
    return Promise.reject(error)
  }
}

function pass(name: string): Promise<Browser> {
  const act = `useDevice('${name}')`
  const { context, cell } = requireBranch(act)
  const place = callPlace(context)
  const role = requireRole(context, name, place, act)
  const strand = knownStrand(cell.owner)
  if (strand) takeRole(strand, name, act, place)
  const own = passBaton(cell, name)
  branch.enterWith(own)
  queueMicrotask(() => {
    own.fresh = false
  })
  context.notePass(name, place && formatLocation(place))
  return Promise.resolve(role.browser)
}

async function lend<T>(name: string, run: (browser: Browser) => T | Promise<T>): Promise<T> {
  const act = `useDevice('${name}')`
  const { context, cell } = requireBranch(act)
  const place = callPlace(context)
  const role = requireRole(context, name, place, act)
  const strand = knownStrand(cell.owner)
  const giveBack = strand ? takeRole(strand, name, act, place) : () => {}
  const own = lendBaton(cell, name)
  context.notePass(name, place && formatLocation(place))
  try {
    return await branch.run(own, async () => await run(role.browser))
  } finally {
    giveBack()
    if (!cell.closed) context.notePass(cell.role, place && formatLocation(place))
  }
}
