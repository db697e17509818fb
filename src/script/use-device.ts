import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import { branchName, findBranch, type Branch } from './branch/branch.js'
import { holdRole } from './branch/held-devices.js'
import { callerPlace } from './caller-place.js'
import { createIsolatedScope, passBaton, type DeviceScope } from './device-scope.js'
import { requireScope, scopeStorage, type AttachedRole, type Browser, type ModuleContext } from './module-context.js'
import { requireRole } from './require-role.js'

/**
 * Makes a device the active one: from here on, `$`, `$$`, `browser`, `driver` and `expect` of `@wdio/globals` mean this
 * device, for the code that called it and what follows. Sends no command.
 *
 * @param name - a role of this module: a key of its `export const devices`, or a device's name
 * @returns the device's browser
 * @throws BatonError BATON_DEVICE_UNKNOWN if the module has no such role, BATON_NO_TEST outside a test or hook,
 *   BATON_TEST_OVER after its end, BATON_SHARED_BATON if code that runs at the same time without its own useDevice() acted
 *   on the same device, BATON_DEVICE_HELD if another branch of `parallel` or `start` holds the device,
 *   BATON_BRANCH_STOPPED if another branch has failed
 */
export function useDevice(name: string): Promise<Browser>
/**
 * Makes a device the active one while a callback runs. Afterwards, also if it throws, the previous device is active again.
 *
 * @param name - a role of this module
 * @param run - receives the device's browser
 * @returns the callback's value
 * @throws as above, and whatever the callback throws
 */
export function useDevice<T>(name: string, run: (browser: Browser) => T | Promise<T>): Promise<T>
export function useDevice<T>(name: string, run?: (browser: Browser) => T | Promise<T>): Promise<Browser | T> {
  // Not an async function: the scope must be entered in the caller's own tick.
  try {
    return run ? runOnDevice(name, run) : switchDevice(name)
  } catch (error) {
    return Promise.reject(error)
  }
}

function switchDevice(name: string): Promise<Browser> {
  const call = resolveCall(name)
  if (call.branch) holdRole(call.branch, name, call.act, call.place)
  const from = call.scope.role
  const own = passBaton(call.scope, name)
  scopeStorage.enterWith(own)
  queueMicrotask(() => {
    own.enteredThisTick = false
  })
  recordPass(call, name, from)
  return Promise.resolve(call.role.browser)
}

async function runOnDevice<T>(name: string, run: (browser: Browser) => T | Promise<T>): Promise<T> {
  const call = resolveCall(name)
  const { branch, scope } = call
  const release = branch ? holdRole(branch, name, call.act, call.place) : () => {}
  const own = createIsolatedScope(scope, name)
  recordPass(call, name, scope.role)
  try {
    return await scopeStorage.run(own, async () => await run(call.role.browser))
  } finally {
    release()
    if (!scope.closed) recordPass(call, scope.role, name)
  }
}

/** One call of `useDevice`, and the code that made it. */
interface DeviceCall {
  act: string
  context: ModuleContext
  scope: DeviceScope
  branch: Branch | undefined
  role: AttachedRole
  place: SourceLocation | undefined
}

function resolveCall(name: string): DeviceCall {
  const act = `useDevice('${name}')`
  const { context, scope } = requireScope(act)
  const place = callerPlace(context)
  const role = requireRole(context, name, place, act)
  return { act, context, scope, branch: findBranch(scope.owner), role, place }
}

function recordPass({ context, branch, place }: DeviceCall, role: string, from: string): void {
  context.recordPass(role, place && formatLocation(place), { from, branch: branch ? branchName(branch) : '' })
}
