import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { lastTimerMs } from './module-timers.js'

/** Memory above which a worker is replaced. */
export const maxRssBytes = 512 * 1024 * 1024

/** Turns of the event loop to wait for sockets and the like to close. */
const graceTurns = 5

/** Milliseconds to wait for callbacks of timers, requests and child processes that a module left behind. */
const lateCallbacksMs = 1_000
/** The same for sockets: many are left open on purpose, and nothing more comes from them. */
const lateSocketsMs = 250

/** How many resources of each type keep the event loop running: timers, sockets, servers, child processes. */
export type ActiveResources = ReadonlyMap<string, number>

export function countActiveResources(): ActiveResources {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/**
 * Waits until what a module started and did not await has ended, so that an error of it is blamed on the module. What
 * doesn't end by itself (an interval, a server) is not waited for.
 * @returns whether there was anything to wait for
 */
export async function waitForLateCallbacks(before: ActiveResources): Promise<boolean> {
  const start = performance.now()
  for (let backoffMs = 1; ; backoffMs = Math.min(2 * backoffMs, 50)) {
    const passedMs = performance.now() - start
    const timerMs = lastTimerMs(lateCallbacksMs - passedMs)
    const left = resourcesLeft(before)
    const isAwaited =
      (passedMs < lateCallbacksMs && left.some(kind => endsByItself.test(kind))) ||
      (passedMs < lateSocketsMs && left.some(kind => kind.endsWith('SocketWrap') || kind === 'TLSWrap'))
    if (timerMs === 0 && !isAwaited) return backoffMs > 1
    await delay(timerMs > 0 ? timerMs : backoffMs)
  }
}

/** `FSReqCallback`, `GetAddrInfoReqWrap`, `ProcessWrap`, … */
const endsByItself = /Req|^ProcessWrap$|^Immediate$/

function resourcesLeft(before: ActiveResources): string[] {
  return [...countActiveResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
}

/**
 * Finds what a module left running. Baton can't stop it (a timer may belong to a library that Baton uses, too), so the
 * worker is replaced.
 * @returns for example `Timeout, TCPSocketWrap`; undefined if nothing is left
 */
export async function findOpenHandles(before: ActiveResources): Promise<string | undefined> {
  let left: string[] = []
  for (let turn = 0; turn < graceTurns; turn++) {
    // The immediate of this promise is gone when it resolves.
    await nextTurn()
    left = resourcesLeft(before)
    if (left.length === 0) return undefined
  }
  return left.join(', ')
}
