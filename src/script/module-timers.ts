import { createRequire } from 'node:module'
import * as timers from 'node:timers'
import { isCalledByModule } from './direct-caller.js'

const { setTimeout: startTimeout, setInterval: startInterval, clearTimeout: stop } = timers

type Timer = NodeJS.Timeout & { _destroyed: boolean; _repeat: unknown; _idleStart: number; _idleTimeout: number }

/** Timers that code of modules has started. */
let started = new Set<Timer>()
/** How many there may be before those that have ended are removed. */
let pruneAt = 1_000

/** Makes `setTimeout` and `setInterval` note the timers of modules. Call it before a module is loaded, and once. */
export function watchTimers(): void {
  const core = createRequire(import.meta.url)('node:timers') as Record<string, unknown>
  for (const [name, start] of Object.entries({ setTimeout: startTimeout, setInterval: startInterval })) {
    const watched = function (...args: unknown[]): unknown {
      const timer = Reflect.apply(start, undefined, args) as Timer
      if (isCalledByModule(watched)) note(timer)
      return timer
    }
    Object.defineProperties(watched, Object.getOwnPropertyDescriptors(start))
    core[name] = watched
    Reflect.defineProperty(globalThis, name, { ...Reflect.getOwnPropertyDescriptor(globalThis, name), value: watched })
  }
}

function note(timer: Timer): void {
  started.add(timer)
  if (started.size < pruneAt) return
  started = new Set(pendingTimers())
  pruneAt = Math.max(1_000, 2 * started.size)
}

function pendingTimers(): Timer[] {
  return [...started].filter(timer => !timer._destroyed)
}

/**
 * Stops the timers that a module left running, unless Node waits for them: those can be seen elsewhere.
 * @returns how many there were
 */
export function stopHiddenTimers(): number {
  const hidden = pendingTimers().filter(timer => !timer.hasRef())
  for (const timer of hidden) stop(timer)
  started = new Set()
  return hidden.length
}

/**
 * Returns the milliseconds until the last timer of the module fires that is due within `withinMs`, so that what it throws
 * can be waited for; 0 if there is none. Intervals don't count: they never end.
 */
export function lastTimerMs(withinMs: number): number {
  const now = nowOfTimers()
  const dueMs = pendingTimers()
    .filter(timer => timer.hasRef() && timer._repeat === null)
    .map(timer => timer._idleStart + timer._idleTimeout - now)
    .filter(ms => ms <= withinMs)
  return dueMs.length === 0 ? 0 : Math.max(1, ...dueMs)
}

/** The clock that timers use. */
function nowOfTimers(): number {
  const timer = startTimeout(() => {}) as Timer
  stop(timer)
  return timer._idleStart
}
