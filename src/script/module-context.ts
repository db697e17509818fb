import { AsyncLocalStorage } from 'node:async_hooks'
import type { attach } from 'webdriverio'
import { BatonError } from '../error/baton-error.js'
import type { ModuleEvent } from '../event/run-event.js'
import { callerPlace, type StackReader } from './caller-place.js'
import { assertUsable, type DeviceScope } from './device-scope.js'
import type { RoleSession } from './worker-messages.js'

/** `WebdriverIO.Browser`, with the commands that the user's types add to it. */
export type Browser = Awaited<ReturnType<typeof attach>>

/** What the code that a module imports must know of the module that this process executes now. */
export interface ModuleContext extends StackReader {
  phase: 'loading' | 'running'
  roles: ReadonlyMap<string, AttachedRole>
  servers: Readonly<Record<string, string>>
  /** DeviceScope of the test or hook that runs. */
  runningScope: DeviceScope | undefined
  /** Timer of the deadline of the test or hook that runs, where it has one. */
  testTimer?(): unknown
  deviceCallbacks: DeviceCallback[]
  /** Says of an error what to do about it, where that is known. */
  explainError(error: unknown): unknown
  emit(event: ModuleEvent): void
  /** Notes a pass of the baton for the trail and emits it. */
  recordPass(role: string, place: string | undefined): void
}

export interface AttachedRole {
  session: RoleSession
  browser: Browser
}

/** A device that holds, or may hold, the baton. */
export interface DeviceInfo {
  /** The device's own name in devices.json; the role may be called otherwise. */
  name: string
  /** The name that the module uses for it. */
  role: string
  labels: string[]
  /** `android`, `ios`, `chromium`, … as the device's driver says. */
  platform: string
  udid?: string
}

export type DeviceCallback = (browser: Browser, device: DeviceInfo) => void | Promise<void>

/** The scope of the branch that runs; undefined outside of tests and hooks. */
export const scopeStorage = new AsyncLocalStorage<DeviceScope | undefined>()

/** Set inside of a command on its way to a device: what that leaves running is not the script's. */
export const insideCommand = new AsyncLocalStorage<boolean>()

/** For what Baton does itself: it belongs to no test, and is nothing that a branch waits for. */
export function runOutsideTests<T>(act: () => T): T {
  return scopeStorage.run(undefined, act)
}

let current: ModuleContext | undefined

export function setCurrentModule(context: ModuleContext): void {
  current = context
}

export function clearCurrentModule(): void {
  current = undefined
}

export function currentModule(): ModuleContext | undefined {
  return current
}

/**
 * The module and the branch that `what` was called in.
 * @param what - as the user wrote it, for the message
 * @throws BatonError BATON_NO_TEST outside of a test or hook, BATON_TEST_OVER after its end
 */
export function requireScope(what: string): { context: ModuleContext; scope: DeviceScope } {
  const scope = scopeStorage.getStore() ?? onlyScope()
  if (scope) assertUsable(scope)
  const context = current
  if (context && scope) return { context, scope }
  throw noTestError(what)
}

/**
 * As `requireBranch`, for what branches say to one another: a callback that belongs to no test can't speak for one.
 * @throws as `requireBranch`
 */
export function requireOwnScope(what: string): { context: ModuleContext; scope: DeviceScope } {
  if (!scopeStorage.getStore()) throw noTestError(what)
  return requireScope(what)
}

export function deviceInfo({ role, device }: RoleSession): DeviceInfo {
  return {
    name: device.name,
    role,
    labels: [...device.labels],
    platform: device.platform,
    ...(device.udid === undefined ? {} : { udid: device.udid }),
  }
}

/**
 * Callbacks of sockets and emitters can come without a branch. With one role there is nothing to mistake; with more,
 * guessing could drive the wrong phone.
 */
function onlyScope(): DeviceScope | undefined {
  return current?.roles.size === 1 ? current.runningScope : undefined
}

function noTestError(what: string): BatonError {
  if (!current) {
    return new BatonError('BATON_NO_TEST', `${what} was used outside of a module that Baton executes`, {
      hint: "run the file with 'baton run'",
    })
  }
  const place = callerPlace(current)
  const details = place ? { place } : {}
  if (current.phase === 'loading') {
    return new BatonError('BATON_NO_TEST', `${what} was used while the module loads, before any device is there`, {
      ...details,
      hint: 'move it into a test, a hook or a function that they call',
    })
  }
  return new BatonError('BATON_NO_TEST', `${what} was used in a callback that belongs to no test`, {
    ...details,
    hint: 'use the browser that useDevice() returned, or pass the baton inside of the callback',
  })
}
