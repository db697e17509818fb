import { inspect, type InspectOptions } from 'node:util'
import { _setGlobal } from '@wdio/globals'
import { expect } from 'expect-webdriverio'
import { BatonError } from '../error/baton-error.js'
import { activeRole } from './active-device.js'
import { recordCallSite, recordWait } from './call-sites.js'
import { loadTimeValue } from './load-time-values.js'
import { scopeStorage, currentModule, type Browser, type ModuleContext } from './module-context.js'

/**
 * Makes `$`, `$$`, `browser`, `driver` and `expect` mean the active device: those of `@wdio/globals` and, as in
 * WebdriverIO's own runner, the globals of the same names.
 */
export function installDeviceGlobals(): void {
  const proxy = browserProxy()
  _setGlobal('browser', proxy)
  _setGlobal('driver', proxy)
  _setGlobal('$', $)
  _setGlobal('$$', $$)
  _setGlobal('expect', expect)
  // Only what is imported, as in WebdriverIO's runner without multiremote.
  for (const name of ['multiRemoteBrowser', 'multiremotebrowser'] as const)
    _setGlobal(name, refusedMultiremote(name), false)
}

function refusedMultiremote(name: string): object {
  return new Proxy({}, { get: (_, key) => refuseMultiremote(`${name}.${String(key)}`) })
}

function refuseMultiremote(use: string): never {
  throw new BatonError('BATON_MULTIREMOTE', `${use} was used, but Baton has no multiremote: each browser is a role`, {
    hint: "name the roles with useDevice('alice') and useDevice('bob'); use parallel() if they act at the same time",
  })
}

function $(...args: Parameters<Browser['$']>): unknown {
  const { browser } = activeRole('$')
  return recordCallSite('$', () => browser.$(...args), args[0])
}

function $$(...args: Parameters<Browser['$$']>): unknown {
  const { browser } = activeRole('$$')
  return recordCallSite('$$', () => browser.$$(...args), args[0])
}

/** Methods that register something on a browser. They reach every role, and work while a module or setup file loads. */
const registeringMethods = new Set<PropertyKey>(['addCommand', 'overwriteCommand', 'addLocatorStrategy'])

/** Methods of event emitters. While a module loads they reach every role, too; in a test only the active device. */
const listenerMethods = new Set<PropertyKey>([
  'on',
  'once',
  'off',
  'addListener',
  'removeListener',
  'removeAllListeners',
  'prependListener',
  'prependOnceListener',
  'setMaxListeners',
])

function browserProxy(): Browser {
  // Printing reads the target, not the proxy.
  const target: object = Object.defineProperty({}, inspect.custom, {
    configurable: true,
    value: (depth: number | null, options: InspectOptions) =>
      depth !== null && depth < 0 ? '[Browser]' : `Browser ${inspect(printedBrowser(), { ...options, depth })}`,
  })
  const proxy: Browser = new Proxy(target, {
    get(_, key) {
      if (registeringMethods.has(key)) return (...args: unknown[]) => registerOnAll(String(key), args)
      if (isProbe(key)) return undefined
      if (key === 'getInstance') return (name: unknown) => refuseMultiremote(`browser.getInstance('${String(name)}')`)
      const loading = loadingModule()
      if (loading) {
        if (listenerMethods.has(key)) {
          return (...args: unknown[]) => {
            registerOnAll(String(key), args)
            return proxy
          }
        }
        const known = loadTimeValue(loading, key)
        if (known) return known.value
        return () => activeRole(`browser.${String(key)}()`)
      }
      const { browser } = activeRole('browser')
      const value: unknown = Reflect.get(browser, key)
      if (typeof value !== 'function') return value
      const record = key === 'pause' ? recordWait : recordCallSite
      return (...args: unknown[]): unknown => record(String(key), () => Reflect.apply(value, browser, args))
    },
    set(_, key, value) {
      return Reflect.set(activeRole('browser').browser, key, value)
    },
    has(_, key) {
      const loading = loadingModule()
      if (loading) return [...loading.roles.values()].every(({ browser }) => Reflect.has(browser, key))
      return Reflect.has(activeRole('browser').browser, key)
    },
  }) as Browser
  return proxy
}

/** The module, if its code runs outside tests and hooks because it is loading. */
function loadingModule(): ModuleContext | undefined {
  const context = currentModule()
  return context?.phase === 'loading' && !scopeStorage.getStore() ? context : undefined
}

/** `await browser`, printing it and the like read these properties. Outside a test, that must not throw. */
function isProbe(key: PropertyKey): boolean {
  return (typeof key === 'symbol' || key === 'then') && !scopeStorage.getStore()
}

/**
 * What `console.log(browser)` shows: the active device's session. Its options have the headers that prove the lease. Printing
 * does not use the device, so it is allowed even if the test is over.
 */
function printedBrowser(): object {
  const scope = scopeStorage.getStore()
  const context = currentModule()
  const attached = scope && scope.owner.module === context ? context.roles.get(scope.role) : undefined
  if (!attached) return {}
  const { sessionId, capabilities } = attached.browser
  return { sessionId, capabilities }
}

function registerOnAll(method: string, args: unknown[]): void {
  const context = currentModule()
  if (!context) {
    throw new BatonError('BATON_NO_TEST', `browser.${method}() was called outside a module that Baton runs`, {
      hint: "run the file with 'baton run'",
    })
  }
  for (const { browser } of context.roles.values()) {
    const register: unknown = Reflect.get(browser, method)
    if (typeof register === 'function') Reflect.apply(register, browser, args)
  }
}
