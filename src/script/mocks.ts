import type { Browser } from './module-context.js'

type Command = (this: unknown, ...args: unknown[]) => unknown
type Listener = (event: unknown) => unknown
type Listen = (event: string, listener: Listener) => unknown
type Emitting = { on: Listen; off: Listen }

interface Mocks {
  /** Results of `browser.mock`. */
  made: Set<object>
  /** What they listen to; WebdriverIO never removes these listeners. */
  listeners: [event: string, listener: Listener][]
}

const mocksOf = new WeakMap<object, Mocks>()

/** How the listeners of a mock are called. */
const mockListener = /^bound #handle(?:BeforeRequestSent|ResponseStarted|ResponseCompleted)$/

/**
 * Notes each mock of a browser. WebdriverIO keeps mocks in one list for the whole process, over all sessions and modules.
 * @param commands - WebdriverIO's own commands of a browser
 * @returns the commands that replace some of them
 */
export function notedMocks({ mock, mockClearAll }: PropertyDescriptorMap): PropertyDescriptorMap {
  if (!mock || !mockClearAll) return {}
  mocksByWindow ??= findList(mockClearAll.value as Command)
  const send = mock.value as (this: object, ...args: unknown[]) => Promise<object>
  const value = async function (this: object, ...args: unknown[]): Promise<object> {
    const made = await send.apply(this, args)
    mocksOf.get(this)?.made.add(made)
    return made
  }
  return { mock: { ...mock, value } }
}

/** Notes the listeners of the mocks of a browser. */
export function noteMockListeners(browser: Browser): void {
  const mocks: Mocks = { made: new Set(), listeners: [] }
  mocksOf.set(browser, mocks)
  // WebdriverIO defines it there, for each browser.
  const emitting = Reflect.getPrototypeOf(browser) as Emitting
  const { on } = emitting
  emitting.on = function (this: Emitting, event, listener) {
    if (mockListener.test(listener.name)) mocks.listeners.push([event, listener])
    return on.call(this, event, listener)
  }
}

/** Forgets the mocks of a browser: they ended with its session, but would go on to answer requests, of other mocks too. */
export function forgetMocks(browser: Browser): void {
  const mocks = mocksOf.get(browser)
  if (!mocks) return
  for (const [event, listener] of mocks.listeners.splice(0)) (browser as unknown as Emitting).off(event, listener)
  for (const set of Object.values(mocksByWindow ?? {})) for (const made of mocks.made) set.delete(made)
  mocks.made.clear()
}

/** WebdriverIO's list: handle of a window → its mocks. */
let mocksByWindow: Record<string, Set<object>> | undefined

/** It is not exported: `mockClearAll` passes it to `Object.entries` before anything else. */
function findList(mockClearAll: Command): typeof mocksByWindow {
  const { entries } = Object
  let found: typeof mocksByWindow
  Object.entries = (list: object): [] => {
    found ??= list as Record<string, Set<object>>
    return []
  }
  try {
    void mockClearAll.call(undefined)
  } finally {
    Object.entries = entries
  }
  return found
}
