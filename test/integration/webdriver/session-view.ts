import { webdriverMonad } from '@wdio/utils'
import type { Browser } from './two-browsers.js'

/** What a script can find out about its session without a command. */
export type SessionView = Record<string, Record<string, unknown>>

/** Counts the event listeners on each browser that is made while it records. */
export class ListenerCounts implements Disposable {
  readonly #counts = new WeakMap<object, Map<string, number>>()
  readonly #base = basePrototype()

  constructor() {
    this.#intercept('on', 1)
    this.#intercept('off', -1)
  }

  of(browser: Browser): Record<string, number> {
    return Object.fromEntries([...(this.#counts.get(browser) ?? [])].filter(([, count]) => count !== 0))
  }

  [Symbol.dispose](): void {
    for (const name of ['on', 'off']) Reflect.deleteProperty(this.#base, name)
  }

  /** WebdriverIO assigns these methods to the prototype of each browser, whose own prototype is `#base`. */
  #intercept(name: string, change: number): void {
    const count = (browser: object, event: string): void => {
      const counts = this.#counts.get(browser) ?? new Map<string, number>()
      counts.set(event, (counts.get(event) ?? 0) + change)
      this.#counts.set(browser, counts)
    }
    Object.defineProperty(this.#base, name, {
      configurable: true,
      set(this: object, method: (event: string, listener: unknown) => unknown) {
        const value = function (this: object, event: string, listener: unknown): unknown {
          count(this, event)
          return method.call(this, event, listener)
        }
        Object.defineProperty(this, name, { value, configurable: true, writable: true, enumerable: true })
      },
    })
  }
}

function basePrototype(): object {
  const create = webdriverMonad({}, undefined, {}) as (id: string) => object
  return Object.getPrototypeOf(Object.getPrototypeOf(create('none'))) as object
}

/** @param selector - of an element that the screen has */
export async function viewOf(browser: Browser, listeners: ListenerCounts, selector: string): Promise<SessionView> {
  const counts = listeners.of(browser)
  const element = await browser.$(selector).getElement()
  const flags = Object.getOwnPropertyNames(browser).filter(name => /^is[A-Z]/.test(name))
  return {
    capabilities: { ...browser.capabilities },
    requestedCapabilities: { ...browser.requestedCapabilities },
    options: { ...browser.options },
    flag: Object.fromEntries(
      flags.map(name => [name, Reflect.get(browser, name)] as const).filter(([, value]) => typeof value === 'boolean'),
    ),
    'browser property': namesOf(browser),
    'browser method': namesOf(Object.getPrototypeOf(browser) as object),
    'element property': namesOf(element),
    'element method': namesOf(Object.getPrototypeOf(element) as object),
    command: Object.fromEntries(browser.commandList.map(name => [name, true])),
    listener: counts,
  }
}

function namesOf(target: object): Record<string, string> {
  return Object.fromEntries(
    Object.getOwnPropertyNames(target).map(name => {
      const descriptor = Object.getOwnPropertyDescriptor(target, name) ?? {}
      return [name, 'get' in descriptor ? 'getter' : typeof descriptor.value]
    }),
  )
}

/** What differs, as `part: name`, sorted. */
export function differences(a: SessionView, b: SessionView): string[] {
  const found: string[] = []
  for (const part of Object.keys(a)) {
    const [left = {}, right = {}] = [a[part], b[part]]
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (textOf(left[name]) !== textOf(right[name])) found.push(`${part}: ${name}`)
    }
  }
  return found.toSorted()
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'function' ? 'function' : inner)) ?? 'undefined'
}
