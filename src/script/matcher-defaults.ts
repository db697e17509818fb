import { activeRole } from './active-device.js'
import { scopeStorage } from './module-context.js'

/** The options of matchers that follow the active device, each with the option of its browser. */
const followed = { wait: 'waitforTimeout', interval: 'waitforInterval' } as const

/**
 * Makes matchers wait as long, and poll as often, as the active device's `waitFor…` commands; WebdriverIO's own runner does
 * the same for its one device. A value that a module sets with `setOptions` applies to all devices until the module ends.
 */
export function followDeviceTimeouts(): void {
  for (const options of matcherDefaults()) {
    for (const [name, browserOption] of Object.entries(followed)) {
      const initial: unknown = Reflect.get(options, name)
      Object.defineProperty(options, name, {
        configurable: true,
        enumerable: true,
        get: () => (scopeStorage.getStore() ? activeRole('expect').browser.options[browserOption] : initial),
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
