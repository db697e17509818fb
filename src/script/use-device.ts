import { formatLocation } from '../error/baton-error.js'
import { createIsolatedScope, passBaton } from './device-scope.js'
import { callerPlace } from './caller-place.js'
import { scopeStorage, requireScope, type Browser } from './module-context.js'
import { requireRole } from './require-role.js'
import { findBranch, holdRole } from './branch/branch.js'

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
    return run ? runOnDevice(name, run) : switchDevice(name)
  } catch (error) {
    return Promise.reject(error)
  }
}

function switchDevice(name: string): Promise<Browser> {
  const act = `useDevice('${name}')`
  const { context, scope } = requireScope(act)
  const place = callerPlace(context)
  const role = requireRole(context, name, place, act)
  const branch = findBranch(scope.owner)
  if (branch) holdRole(branch, name, act, place)
  const own = passBaton(scope, name)
  scopeStorage.enterWith(own)
  queueMicrotask(() => {
    own.enteredThisTick = false
  })
  context.recordPass(name, place && formatLocation(place))
  return Promise.resolve(role.browser)
}

async function runOnDevice<T>(name: string, run: (browser: Browser) => T | Promise<T>): Promise<T> {
  const act = `useDevice('${name}')`
  const { context, scope } = requireScope(act)
  const place = callerPlace(context)
  const role = requireRole(context, name, place, act)
  const branch = findBranch(scope.owner)
  const giveBack = branch ? holdRole(branch, name, act, place) : () => {}
  const own = createIsolatedScope(scope, name)
  context.recordPass(name, place && formatLocation(place))
  try {
    return await scopeStorage.run(own, async () => await run(role.browser))
  } finally {
    giveBack()
    if (!scope.closed) context.recordPass(scope.role, place && formatLocation(place))
  }
}
