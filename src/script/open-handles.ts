import { setImmediate as nextTurn } from 'node:timers/promises'

/** Memory above which a worker is replaced. */
export const maxRssBytes = 512 * 1024 * 1024

/** Turns of the event loop to wait for sockets and the like to close. */
const graceTurns = 5

/** How many resources of each type keep the event loop running: timers, sockets, servers, child processes. */
export type ActiveResources = ReadonlyMap<string, number>

export function countActiveResources(): ActiveResources {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
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
    left = [...countActiveResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
    if (left.length === 0) return undefined
  }
  return left.join(', ')
}
