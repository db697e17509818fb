import { createHook } from 'node:async_hooks'
import { promiseHooks } from 'node:v8'
import type { ScopeOwner } from '../device-scope.js'
import { insideCommand, scopeStorage } from '../module-context.js'
import { withStackDepth } from '../stack-depth.js'

/**
 * Finds out whether anything but Baton's own waits could still wake a branch.
 *
 * While a module that uses `parallel` or `start` runs, Node's async hooks report each timer, socket, file operation and
 * promise; the asynchronous context shows which branch it belongs to. A branch is idle if none of these is pending for it,
 * and if each promise that it awaits is one of these:
 *
 * - a promise of one of Baton's waits;
 * - the result of an async function, `Promise.all` or the like, called in the same test: what these await is checked the
 *   same way;
 * - the result of `.then()`, or of a function that returned a promise, if what that awaits is pending in turn.
 *
 * Any other promise (`new Promise`, or one from outside the test) may be settled by code that Baton can't see, so a branch
 * that awaits one is not idle. So there are no false alarms, but a branch that awaits a promise that will never settle is
 * not detected.
 */
interface Activity {
  /** Timers, sockets, file operations and the like, by Node's async id. Some are only removed by garbage collection. */
  readonly resources: Map<number, { type: string; resource: WeakRef<object> }>
  /** Reactions that have not run yet: the promise that each one creates → the promise that it awaits. */
  readonly reactions: Map<Promise<unknown>, Promise<unknown>>
}

interface Origin {
  readonly activity: Activity
  /**
   * `reaction`: awaits another promise, which is checked by itself; `foreign`: settled by code that Baton can't see. A
   * stack: created without a parent promise, by the function at its top.
   */
  createdBy: 'reaction' | 'foreign' | { stack?: string }
}

const activities = new WeakMap<ScopeOwner, Activity>()
/** Promises created in a test that are not settled yet. */
const origins = new Map<Promise<unknown>, Origin>()
const resources = new Map<number, Activity>()
const reactions = new Map<Promise<unknown>, Activity>()
const batonPromises = new WeakSet<Promise<unknown>>()
/** The promise whose job is running, and whether that job has started to await another promise. */
let running: { promise: Promise<unknown>; waits: boolean } | undefined
let onChange: () => void = () => {}
let stop: (() => void) | undefined

/** Marks the promise of one of Baton's own waits. */
export function registerBatonPromise(promise: Promise<unknown>): void {
  batonPromises.add(promise)
}

/** Whether `trackActivity` is on. */
export function isTrackingActivity(): boolean {
  return stop !== undefined
}

/**
 * Starts to track what is pending for each branch, in the whole process.
 * @param changed - called when a branch may have become idle
 */
export function trackActivity(changed: () => void): void {
  if (stop) return
  onChange = changed
  const hook = createHook({ init: resourceCreated, destroy: resourceDestroyed }).enable()
  const jobs = { init: promiseCreated, before: jobStarts, after: jobEnds, settled: promiseSettled }
  const stopPromises = promiseHooks.createHook(jobs) as unknown as () => void
  stop = () => {
    hook.disable()
    stopPromises()
    for (const known of [origins, resources, reactions]) known.clear()
  }
}

export function stopTrackingActivity(): void {
  stop?.()
  stop = undefined
}

/**
 * Whether all branches of a test are idle.
 * @param owners - the owners of all branches of the test
 * @param ignored - mocha's own timer for the test's timeout
 */
export function areIdle(owners: readonly ScopeOwner[], ignored: unknown): boolean {
  const all = new Set(owners.flatMap(owner => activities.get(owner) ?? []))
  for (const activity of all) {
    for (const { type, resource } of activity.resources.values()) {
      const pending = resource.deref()
      if (pending && pending !== ignored && !isSync(type, pending)) return false
    }
    for (const awaited of activity.reactions.values()) if (!isKnown(awaited, all)) return false
  }
  return true
}

/** `crypto.randomUUID()` and the like create a request that is done at once; asynchronous ones have a callback. */
function isSync(type: string, resource: object): boolean {
  return type.endsWith('REQUEST') && type !== 'HTTPCLIENTREQUEST' && !('ondone' in resource)
}

function isKnown(promise: Promise<unknown>, all: ReadonlySet<Activity>): boolean {
  if (batonPromises.has(promise)) return true
  const origin = origins.get(promise)
  if (!origin || origin.createdBy === 'foreign' || !all.has(origin.activity)) return false
  return origin.createdBy === 'reaction' || isAsyncFunction(origin.createdBy)
}

/** How stacks name the language's own functions that create promises. Any other frame without a file is foreign. */
const combinators = /^\s*at (?:Function|Promise)\.(?:all|allSettled|any|race) \(<anonymous>\)$/
const asyncGenerators = /^\s*at (?!Async-from-Sync )(?:\S+\.)?(?:next|return|throw) \(<anonymous>\)$/

function isAsyncFunction({ stack = '' }: { stack?: string }): boolean {
  const creator = stack.split('\n').find(line => /^\s*at /.test(line) && !line.includes('node:internal/promise_hooks'))
  if (creator === undefined) return false
  return combinators.test(creator) || asyncGenerators.test(creator) || !creator.endsWith('(<anonymous>)')
}

function currentActivity(): Activity | undefined {
  const owner = scopeStorage.getStore()?.owner
  if (!owner || insideCommand.getStore()) return undefined
  let activity = activities.get(owner)
  if (!activity) activities.set(owner, (activity = { resources: new Map(), reactions: new Map() }))
  return activity
}

/** Resources that are gone at the end of their turn of the event loop. */
const shortLived = new Set(['PROMISE', 'TickObject', 'Microtask'])

function resourceCreated(id: number, type: string, _: number, resource: object): void {
  if (shortLived.has(type)) return
  const activity = currentActivity()
  if (!activity) return
  activity.resources.set(id, { type, resource: new WeakRef(resource) })
  resources.set(id, activity)
}

function resourceDestroyed(id: number): void {
  const activity = resources.get(id)
  if (!activity) return
  resources.delete(id)
  activity.resources.delete(id)
  onChange()
}

function promiseCreated(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
  const activity = currentActivity()
  if (!activity) return
  if (parent === undefined) {
    origins.set(promise, { activity, createdBy: creatorStack() })
    return
  }
  activity.reactions.set(promise, parent)
  reactions.set(promise, activity)
  origins.set(promise, { activity, createdBy: 'reaction' })
  if (running) running.waits = true
}

function creatorStack(): { stack?: string } {
  const holder: { stack?: string } = {}
  withStackDepth(2, () => Error.captureStackTrace(holder, promiseCreated))
  return holder
}

/** A reaction runs, or a promise that was resolved with another one starts to await it. */
function jobStarts(promise: Promise<unknown>): void {
  running = { promise, waits: false }
  forgetReaction(promise)
}

function jobEnds(promise: Promise<unknown>): void {
  const waits = running?.waits === true
  running = undefined
  // If it is not settled yet, it was given something to await. If that created no promise, Baton can't see what it is.
  const origin = origins.get(promise)
  if (origin) origin.createdBy = waits ? 'reaction' : 'foreign'
  onChange()
}

function promiseSettled(promise: Promise<unknown>): void {
  origins.delete(promise)
  // `await` wraps a plain value in a promise that is settled without a job.
  forgetReaction(promise)
}

function forgetReaction(promise: Promise<unknown>): void {
  reactions.get(promise)?.reactions.delete(promise)
  reactions.delete(promise)
}
