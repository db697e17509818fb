import { activeRole } from './active-device.js'
import { scopeStorage, type Browser } from './module-context.js'

/** Milliseconds that matchers wait on a browser, and between two attempts. */
type MatcherTimes = Record<'wait' | 'interval', number | undefined>

const timesOf = new WeakMap<Browser, MatcherTimes>()

/**
 * Takes over the times of a browser's options for matchers. As with WebdriverIO's own runner, which does this when it opens
 * the session, changes of `browser.options` in a spec have no effect on matchers.
 */
export function fixMatcherTimes(browser: Browser): void {
  const { waitforTimeout, waitforInterval } = browser.options
  timesOf.set(browser, { wait: waitforTimeout, interval: waitforInterval })
}

/**
 * Makes matchers wait as long, and poll as often, as the active device's `waitFor…` commands; WebdriverIO's own runner does
 * the same for its one device. A value that a module sets with `setOptions` applies to all devices until the module ends.
 */
export function followDeviceTimeouts(): void {
  for (const options of matcherDefaults()) {
    for (const name of ['wait', 'interval'] as const) {
      const initial: unknown = Reflect.get(options, name)
      Object.defineProperty(options, name, {
        configurable: true,
        enumerable: true,
        get: () => (scopeStorage.getStore() ? timesOf.get(activeRole('expect').browser)?.[name] : initial),
        set: (value: unknown) => {
          Object.defineProperty(options, name, { configurable: true, enumerable: true, writable: true, value })
        },
      })
    }
  }
}

/** The default options of matchers, and those of `toBeDisplayed`: expect-webdriverio keeps them once for a process. */
export function matcherDefaults(): readonly object[] {
  const constants = Reflect.get(globalThis, Symbol.for('expect-webdriverio.constants@6')) as {
    defaultOptionsList: object[]
  }
  return constants.defaultOptionsList
}
