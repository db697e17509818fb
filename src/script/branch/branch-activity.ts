import { createHook } from 'node:async_hooks'
import { promiseHooks } from 'node:v8'
import type { ScopeOwner } from '../device-scope.js'
import { scopeStorage, insideCommand } from '../module-context.js'

/**
 * Whether a branch could still be woken by anything but Baton's own waits.
 *
 * While a module that uses `parallel` or `start` runs, Node tells of each timer, socket, file operation and promise, and
 * the asynchronous context says whose it is. A branch is at rest when nothing of that sort is pending for it, and each
 * promise on which something of it waits is explained:
 *
 * - a promise of one of Baton's waits;
 * - the result of an async function or of `Promise.all` and its like, begun in the same test: what these wait for is
 *   found the same way;
 * - the result of `.then()`, or of a function that returned a promise, where what that waits for is pending in turn.
 *
 * A promise of any other make (`new Promise`, or one from outside of the test) can be settled by whatever its maker
 * handed its functions to, so whoever waits on one is not at rest. So the answer errs on one side only: a branch that is
 * said to be at rest is, while one that waits on what nobody will settle isn't found.
 */
interface Activity {
  /** Timers, sockets, file operations and the like by Node's id; some are gone only with the garbage. */
  readonly resources: Map<number, { type: string; resource: WeakRef<object> }>
  /** Reactions that have not run: the promise that each one makes → the promise that it waits on. */
  readonly reactions: Map<Promise<unknown>, Promise<unknown>>
}

interface Origin {
  readonly activity: Activity
  /**
   * `reaction`: waits on what is found by itself; `foreign`: on what nobody can tell. A stack: it was made without a
   * parent, and the stack says by whom.
   */
  made: 'reaction' | 'foreign' | { stack?: string }
}

const activities = new WeakMap<ScopeOwner, Activity>()
/** Promises made in a test, until they are settled. */
const origins = new Map<Promise<unknown>, Origin>()
const resources = new Map<number, Activity>()
const reactions = new Map<Promise<unknown>, Activity>()
const batonPromises = new WeakSet<Promise<unknown>>()
/** The promise whose job runs now, and whether it has begun to wait on another. */
let running: { promise: Promise<unknown>; waits: boolean } | undefined
let onChange: () => void = () => {}
let stop: (() => void) | undefined

/** A promise of one of Baton's own waits. */
export function registerBatonPromise(promise: Promise<unknown>): void {
  batonPromises.add(promise)
}

/** Whether anything is known of what runs. */
export function isTrackingActivity(): boolean {
  return stop !== undefined
}

/** @param changed - told that a branch may have come to rest */
export function trackActivity(changed: () => void): void {
  if (stop) return
  onChange = changed
  const hook = createHook({ init: resourceMade, destroy: resourceGone }).enable()
  const jobs = { init: promiseMade, before: jobBegins, after: jobEnds, settled: promiseSettled }
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
 * @param owners - of all branches of a test
 * @param ignored - a timer that is mocha's, not the test's
 */
export function areIdle(owners: readonly ScopeOwner[], ignored: unknown): boolean {
  const all = new Set(owners.flatMap(owner => activities.get(owner) ?? []))
  for (const activity of all) {
    for (const { type, resource } of activity.resources.values()) {
      const pending = resource.deref()
      if (pending && pending !== ignored && !isSync(type, pending)) return false
    }
    for (const awaited of activity.reactions.values()) if (!isExplained(awaited, all)) return false
  }
  return true
}

/** `crypto.randomUUID()` and the like make a job that is done at once; one that takes its time calls back. */
function isSync(type: string, resource: object): boolean {
  return type.endsWith('REQUEST') && type !== 'HTTPCLIENTREQUEST' && !('ondone' in resource)
}

function isExplained(promise: Promise<unknown>, all: ReadonlySet<Activity>): boolean {
  if (batonPromises.has(promise)) return true
  const origin = origins.get(promise)
  if (!origin || origin.made === 'foreign' || !all.has(origin.activity)) return false
  return origin.made === 'reaction' || isOfAsyncFunction(origin.made)
}

/** As stacks name what the language itself makes promises with; whatever else has no file is foreign. */
const combinators = /^\s*at (?:Function|Promise)\.(?:all|allSettled|any|race) \(<anonymous>\)$/
const asyncGenerators = /^\s*at (?!Async-from-Sync )(?:\S+\.)?(?:next|return|throw) \(<anonymous>\)$/

function isOfAsyncFunction({ stack = '' }: { stack?: string }): boolean {
  const maker = stack.split('\n').find(line => /^\s*at /.test(line) && !line.includes('node:internal/promise_hooks'))
  if (maker === undefined) return false
  return combinators.test(maker) || asyncGenerators.test(maker) || !maker.endsWith('(<anonymous>)')
}

function activityNow(): Activity | undefined {
  const owner = scopeStorage.getStore()?.owner
  if (!owner || insideCommand.getStore()) return undefined
  let activity = activities.get(owner)
  if (!activity) activities.set(owner, (activity = { resources: new Map(), reactions: new Map() }))
  return activity
}

/** What passes with the turn of the event loop that it belongs to. */
const passing = new Set(['PROMISE', 'TickObject', 'Microtask'])

function resourceMade(id: number, type: string, _: number, resource: object): void {
  if (passing.has(type)) return
  const activity = activityNow()
  if (!activity) return
  activity.resources.set(id, { type, resource: new WeakRef(resource) })
  resources.set(id, activity)
}

function resourceGone(id: number): void {
  const activity = resources.get(id)
  if (!activity) return
  resources.delete(id)
  activity.resources.delete(id)
  onChange()
}

function promiseMade(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
  const activity = activityNow()
  if (!activity) return
  if (parent === undefined) {
    origins.set(promise, { activity, made: makerStack() })
    return
  }
  activity.reactions.set(promise, parent)
  reactions.set(promise, activity)
  origins.set(promise, { activity, made: 'reaction' })
  if (running) running.waits = true
}

function makerStack(): { stack?: string } {
  const holder: { stack?: string } = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 2
  Error.captureStackTrace(holder, promiseMade)
  Error.stackTraceLimit = stackTraceLimit
  return holder
}

/** A reaction runs, or a promise that was resolved with another one begins to wait on that. */
function jobBegins(promise: Promise<unknown>): void {
  running = { promise, waits: false }
  forgetReaction(promise)
}

function jobEnds(promise: Promise<unknown>): void {
  const waits = running?.waits === true
  running = undefined
  // What still isn't settled was given something to wait for; where that made no promise, nobody knows what it is.
  const origin = origins.get(promise)
  if (origin) origin.made = waits ? 'reaction' : 'foreign'
  onChange()
}

function promiseSettled(promise: Promise<unknown>): void {
  origins.delete(promise)
  // `await` of what is no promise wraps it in one, which is settled without a job.
  forgetReaction(promise)
}

function forgetReaction(promise: Promise<unknown>): void {
  reactions.get(promise)?.reactions.delete(promise)
  reactions.delete(promise)
}
