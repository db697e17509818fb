import { createHook } from 'node:async_hooks'
import { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import promisedTimers from 'node:timers/promises'
import { promiseHooks } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import { isCalledByModule } from './direct-caller.js'
import { watchHiddenHandles } from './hidden-handles.js'
import { signalGroup } from '../process/process-group.js'

/** What a module started and has not stopped: how to stop it, by what it is. */
const left = new Map<object, Map<unknown, Stop>>()

/** @returns why this process can't be used again although it was stopped, if so */
type Stop = () => string | undefined

function note(owner: object, key: unknown, stop: Stop): void {
  const stops = left.get(owner) ?? new Map<unknown, Stop>()
  left.set(owner, stops.set(key, stop))
}

function forget(owner: object, key: unknown): void {
  left.get(owner)?.delete(key)
}

/** Stops what is left of what modules started. @returns how much that was, and reasons not to use this process again */
export function stopLeftBehind(): { stopped: number; reasons: string[] } {
  const stops = [...left.values()].flatMap(stops => [...stops.values()])
  left.clear()
  return { stopped: stops.length, reasons: stops.flatMap(stop => stop() ?? []) }
}

/**
 * Notes what modules start that Node can't list: hooks, subscriptions to diagnostics channels, performance observers,
 * worker threads, detached child processes, callbacks for collected objects, and timers and handles that don't keep the process
 * running. Call it before a module is loaded, and once.
 */
export function watchLeftBehind(): void {
  watchPairs(Reflect.getPrototypeOf(createHook({})) ?? {}, { start: 'enable', stop: 'disable', direct: true })
  watchPairs(PerformanceObserver.prototype, { start: 'observe', stop: 'disconnect' })
  for (const prototype of channelPrototypes()) {
    watchPairs(prototype, { start: 'subscribe', stop: 'unsubscribe', byArgument: true })
    watchPairs(prototype, { start: 'bindStore', stop: 'unbindStore', byArgument: true })
  }
  watchThreads()
  watchDetachedChildren()
  watchSignalTimeouts()
  watchPromiseHooks()
  watchFinalizers()
  watchPromisedTimers()
  watchHiddenHandles(
    {
      hidden: (handle, name) => note(handle, 'handle', () => `${name} that Node does not wait for`),
      gone: handle => forget(handle, 'handle'),
    },
    isCalledByModule,
    replace,
  )
}

interface Pair {
  start: string
  stop: string
  /** They take what is started and stopped: a subscriber. */
  byArgument?: boolean
  /** Node itself uses them too, such as for AsyncLocalStorage: only calls of a module count. */
  direct?: boolean
}

function watchPairs(prototype: object, { start, stop, byArgument = false, direct = false }: Pair): void {
  const starts: unknown = Reflect.get(prototype, start)
  const stops: unknown = Reflect.get(prototype, stop)
  if (typeof starts !== 'function' || typeof stops !== 'function') return
  const keyOf = (args: unknown[]): unknown => (byArgument ? args[0] : start)
  const watched = function (this: object, ...args: unknown[]): unknown {
    const result: unknown = Reflect.apply(starts, this, args)
    if (!direct || isCalledByModule(watched))
      note(this, keyOf(args), () => stopOne(this, stop, byArgument ? [args[0]] : []))
    return result
  }
  replace(prototype, start, watched)
  replace(prototype, stop, function (this: object, ...args: unknown[]) {
    forget(this, keyOf(args))
    return Reflect.apply(stops, this, args) as unknown
  })
}

/** A channel changes its class as it gains and loses subscribers, so its method is looked up now. */
function stopOne(owner: object, method: string, args: unknown[]): undefined {
  const stop: unknown = Reflect.get(owner, method)
  if (typeof stop === 'function') Reflect.apply(stop, owner, args)
}

/** A channel changes its class with its first subscriber. */
function channelPrototypes(): object[] {
  const sample = channel(Symbol('baton'))
  const idle = Reflect.getPrototypeOf(sample)
  const subscriber = (): void => {}
  sample.subscribe(subscriber)
  const active = Reflect.getPrototypeOf(sample)
  sample.unsubscribe(subscriber)
  return [idle, active].filter(prototype => prototype !== null)
}

function watchThreads(): void {
  process.on('worker', (thread: Worker) => {
    note(thread, 'thread', () => 'a worker thread')
    thread.once('exit', () => forget(thread, 'thread'))
  })
}

/** A detached child leads a process group of its own, so it would outlive the worker. */
function watchDetachedChildren(): void {
  const { spawn } = ChildProcess.prototype as unknown as { spawn: Function }
  replace(ChildProcess.prototype, 'spawn', function (this: ChildProcess, ...args: unknown[]) {
    const result: unknown = Reflect.apply(spawn, this, args)
    const { detached } = (args[0] ?? {}) as { detached?: boolean }
    const { pid } = this
    if (detached && pid !== undefined) {
      note(this, 'spawn', () => (signalGroup(pid, 'SIGKILL') ? 'a detached process' : undefined))
      this.once('exit', () => forget(this, 'spawn'))
    }
    return result
  })
}

/** The timers of signals can't be seen or stopped, but what listens to them can. */
function watchSignalTimeouts(): void {
  for (const method of ['timeout', 'any'] as const) {
    const create = AbortSignal[method] as (...args: unknown[]) => AbortSignal
    const watched = (...args: unknown[]): AbortSignal => {
      const signal = Reflect.apply(create, AbortSignal, args)
      if (isCalledByModule(watched)) note(signal, method, () => removeAbortListeners(signal))
      return signal
    }
    replace(AbortSignal, method, watched)
  }
}

/** Node's own async hooks use them, too. */
function watchPromiseHooks(): void {
  for (const [name, start] of Object.entries(promiseHooks) as [string, (...args: unknown[]) => () => void][]) {
    const watched = (...args: unknown[]): (() => void) => {
      const stop = start(...args)
      if (isCalledByModule(watched)) note(stop, 'hook', () => stopHook(stop))
      return stop
    }
    replace(promiseHooks, name, watched)
  }
}

function stopHook(stop: () => void): undefined {
  stop()
}

/** They run whenever garbage is collected. */
function watchFinalizers(): void {
  const { register } = FinalizationRegistry.prototype as unknown as { register: Function }
  const watched = function (this: FinalizationRegistry<unknown>, ...args: unknown[]): unknown {
    if (isCalledByModule(watched)) note(this, 'registry', () => 'a finalization registry')
    return Reflect.apply(register, this, args) as unknown
  }
  replace(FinalizationRegistry.prototype, 'register', watched)
}

/** Those of `timers/promises` that Node does not wait for: unlike other timers, they can't be seen. */
function watchPromisedTimers(): void {
  for (const method of ['setTimeout', 'setInterval'] as const) {
    const start = promisedTimers[method] as (...args: unknown[]) => object
    const watched = (...args: unknown[]): object => {
      const timer = start(...args)
      const options = args[2] as { ref?: unknown } | null | undefined
      return options?.ref === false && isCalledByModule(watched) ? notedTimer(timer) : timer
    }
    replace(promisedTimers, method, watched)
  }
}

/**
 * Notes a timer until it has ended.
 * @param timer - a promise, or an iterator that goes on until it is left
 * @returns what the module gets instead: a rejection that it does not handle is still reported
 */
function notedTimer(timer: object): object {
  note(timer, 'timer', () => 'a timer that Node does not wait for')
  const ended = (): void => forget(timer, 'timer')
  if (timer instanceof Promise) return timer.finally(ended)
  const leave = Reflect.get(timer, 'return') as Function
  const left = (value: unknown): unknown => {
    ended()
    return Reflect.apply(leave, timer, [value]) as unknown
  }
  return Object.assign(timer, { return: left })
}

function removeAbortListeners(signal: AbortSignal): undefined {
  for (const listener of getEventListeners(signal, 'abort')) signal.removeEventListener('abort', listener as () => void)
}

function replace(owner: object, key: string, value: Function): void {
  const { enumerable = false, value: original } = Reflect.getOwnPropertyDescriptor(owner, key) ?? {}
  Object.defineProperties(value, Object.getOwnPropertyDescriptors(original as object))
  Object.defineProperty(owner, key, { value, enumerable, configurable: true, writable: true })
}
