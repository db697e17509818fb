import { createRequire, syncBuiltinESMExports } from 'node:module'
import { setDeadlineTimers } from '../branch/wait.js'
import type { Branch } from '../branch/branch.js'
import { withStackDepth } from '../stack-depth.js'
import type { VirtualTime } from './virtual-time.js'

/*
 * While a module is explored, its branches see the time of the scheduler: it stands still while anything can happen. Code
 * outside of branches, and Node's own, sees the real time.
 */

type Timers = typeof globalThis & Record<string, unknown>
type Act = (...args: unknown[]) => unknown

interface ClockSource {
  /** The branch whose code calls, if its time is virtual; undefined: real time. */
  branchOfCaller(): Branch | undefined
  /** Undefined before the first branch. */
  readonly time: VirtualTime | undefined
}

const coreTimers = createRequire(import.meta.url)('node:timers') as Record<string, Act>
const corePromises = createRequire(import.meta.url)('node:timers/promises') as Record<string, Act>

/**
 * Replaces the clock of this process.
 * @returns a function that puts it back
 */
export function installClock(source: () => ClockSource | undefined): () => void {
  const undo: (() => void)[] = []
  const replace = (target: object, name: string, replacement: (original: Act) => Act): void => {
    const original = Reflect.get(target, name) as Act
    const descriptor = Object.getOwnPropertyDescriptor(target, name)
    const value = replacement(original)
    Object.defineProperties(value, Object.getOwnPropertyDescriptors(original))
    Object.defineProperty(target, name, { ...descriptor, value, configurable: true, writable: true })
    undo.push(() => {
      if (descriptor) Object.defineProperty(target, name, descriptor)
      else Reflect.deleteProperty(target, name)
    })
  }
  const start =
    (name: 'setTimeout' | 'setInterval') =>
    (original: Act): Act => {
      const replaced: Act = (act, ms, ...args) => {
        const clock = source()
        const branch = clock?.branchOfCaller()
        const time = branch && clock?.time
        if (!time || typeof act !== 'function') return original(act, ms, ...args)
        const caller = callerOf(replaced)
        if (caller === 'node') return original(act, ms, ...args)
        const run = (): unknown => Reflect.apply(act, undefined, args)
        const isPoll = caller === 'matcher' || (caller === 'wait' && act.name === 'bound _tick')
        const isDeadline = caller === 'wait' && !isPoll
        const options = { isPoll, isDeadline, isRepeated: name === 'setInterval', run }
        return time.start(branch, Number(ms) || 0, options)
      }
      return replaced
    }
  const stop =
    () =>
    (original: Act): Act =>
    timer =>
      source()?.time?.stop(timer) ? undefined : original(timer)
  for (const target of [globalThis as Timers, coreTimers]) {
    replace(target, 'setTimeout', start('setTimeout'))
    replace(target, 'setInterval', start('setInterval'))
    replace(target, 'clearTimeout', stop())
    replace(target, 'clearInterval', stop())
  }
  replace(corePromises, 'setTimeout', original => async (ms, value, options) => {
    const clock = source()
    const branch = clock?.branchOfCaller()
    const time = branch && clock?.time
    return time ? time.sleep(branch, Number(ms) || 0, { value, options }) : original(ms, value, options)
  })
  replace(Date, 'now', original => () => {
    const clock = source()
    return clock?.time && clock.branchOfCaller() ? clock.time.dateNow : original()
  })
  replace(performance, 'now', original => () => {
    const clock = source()
    return clock?.time && clock.branchOfCaller() ? clock.time.now : Reflect.apply(original, performance, [])
  })
  syncBuiltinESMExports()
  setDeadlineTimers({
    start: (branch, ms, run) =>
      source()?.time?.start(branch, ms, { isDeadline: true, isPoll: false, isRepeated: false, run }),
    stop: timer => source()?.time?.stop(timer),
  })
  return () => {
    for (const put of undo.toReversed()) put()
    syncBuiltinESMExports()
    setDeadlineTimers(undefined)
  }
}

/** Who starts a timer, by the stack: `wait` is `waitUntil` of WebdriverIO, which the others of its waits use. */
function callerOf(replaced: Act): 'wait' | 'matcher' | 'node' | 'script' {
  const holder: { stack?: string } = {}
  withStackDepth(12, () => Error.captureStackTrace(holder, replaced))
  const [, first = '', ...others] = String(holder.stack).split('\n')
  if (/\(?node:/.test(first)) return 'node'
  if (/ Timer\.\w+ .*[\\/]node_modules[\\/]webdriverio[\\/]/.test(first)) return 'wait'
  const isMatcher = [first, ...others].some(line => /[\\/]node_modules[\\/]expect-webdriverio[\\/]/.test(line))
  return isMatcher ? 'matcher' : 'script'
}
