import { AsyncLocalStorage } from 'node:async_hooks'
import type { attach } from 'webdriverio'
import { BatonError } from '../error/baton-error.js'
import type { ModuleEvent } from '../event/run-event.js'
import { callerPlace, type StackReader } from './caller-place.js'
import type { ThrownPlaces } from './thrown-places.js'
import { assertUsable, type DeviceScope } from './device-scope.js'
import type { NetworkUse } from './network/network-use.js'
import type { ModuleTrace } from './trace/module-trace.js'
import type { RoleSession } from './worker-messages.js'

/** `WebdriverIO.Browser`, with the commands that the user's types add to it. */
export type Browser = Awaited<ReturnType<typeof attach>>

/** What the functions of 'baton' know about the module that this process is running. */
export interface ModuleContext extends StackReader {
  readonly thrown: ThrownPlaces
  phase: 'loading' | 'running'
  roles: ReadonlyMap<string, AttachedRole>
  servers: Readonly<Record<string, string>>
  /** Scope of the running test or hook. */
  runningScope: DeviceScope | undefined
  /** Returns the timer of the running test's or hook's timeout, if it has one. */
  testTimer?(): unknown
  /** Notified before the function of the running test runs again. */
  repeatsTest?(): void
  deviceCallbacks: DeviceCallback[]
  readonly network: NetworkUse
  /** Replaces an error by one with a hint, if one is known. */
  explainError(error: unknown): unknown
  /** Folder for the files of `attach`; absolute. Absent: there is no report. */
  readonly attachments?: string
  /** @throws BatonError BATON_FILE_NOT_SHIPPED if a `file:` URL means a file that was not sent with the module */
  assertPageWasSent(url: string): void
  emit(event: ModuleEvent): void
  /** What the module does, if a trace may be wanted. */
  readonly trace?: ModuleTrace | undefined
  /**
   * Adds a change of the active device to the trail and emits it.
   * @param by - the branch that passes the baton, and the role that it had; absent: a test or hook starts
   */
  recordPass(role: string, place: string | undefined, by?: { branch: string; from: string }): void
}

export interface AttachedRole {
  session: RoleSession
  browser: Browser
}

/** A device of the module. */
export interface DeviceInfo {
  /** The device's name in devices.json, which may differ from the role. */
  name: string
  /** The name that the module uses for it. */
  role: string
  labels: string[]
  /** `android`, `ios` or `chromium`; set by the device's driver. */
  platform: string
  /** Identifies a phone; emulated browsers have none. */
  udid?: string
}

/** A function for `onDevice`. */
export type DeviceCallback = (browser: Browser, device: DeviceInfo) => void | Promise<void>

/** The current scope; undefined outside tests and hooks. */
export const scopeStorage = new AsyncLocalStorage<DeviceScope | undefined>()

/** True while a command is sent: what that leaves running is not the script's. */
export const insideCommand = new AsyncLocalStorage<boolean>()

/** Runs Baton's own code outside the current test, so that it doesn't count as activity of a branch. */
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
 * Returns the module and the scope that the user's code runs in.
 * @param what - as the user wrote it, for the message
 * @throws BatonError BATON_NO_TEST outside a test or hook; as `assertUsable`
 */
export function requireScope(what: string): { context: ModuleContext; scope: DeviceScope } {
  const scope = scopeStorage.getStore() ?? onlyScope()
  if (scope) assertUsable(scope)
  const context = current
  if (context && scope) return { context, scope }
  throw noTestError(what)
}

/**
 * Like `requireScope`, for calls that act for a branch. A callback that belongs to no test is refused, even if the module
 * has only one role.
 * @throws as `requireScope`
 */
export function requireOwnScope(what: string): { context: ModuleContext; scope: DeviceScope } {
  if (!scopeStorage.getStore()) throw noTestError(what)
  return requireScope(what)
}

/** Describes a role's device for scripts. */
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
 * Callbacks of sockets and emitters may run without a scope. If the module has one role, there is no doubt which device
 * they mean; with more, a guess could drive the wrong phone.
 */
function onlyScope(): DeviceScope | undefined {
  return current?.roles.size === 1 ? current.runningScope : undefined
}

function noTestError(what: string): BatonError {
  if (!current) {
    return new BatonError('BATON_NO_TEST', `${what} was used outside a module that Baton runs`, {
      hint: "run the file with 'baton run'",
    })
  }
  const place = callerPlace(current)
  const details = place ? { place } : {}
  if (current.phase === 'loading') {
    return new BatonError('BATON_NO_TEST', `${what} was used while the module was loading, when no device is active`, {
      ...details,
      hint: 'move it into a test, a hook or a function that they call',
    })
  }
  return new BatonError('BATON_NO_TEST', `${what} was used in a callback that belongs to no test`, {
    ...details,
    hint: 'use the browser that useDevice() returned, or call useDevice() in the callback',
  })
}
