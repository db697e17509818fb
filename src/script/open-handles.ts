import { setImmediate as nextTurn } from 'node:timers/promises'

/** Above this, a fresh process is cheaper than what the old one might do. */
export const maxRssBytes = 512 * 1024 * 1024

/** Turns of the event loop that closing sockets and the like are given. */
const graceTurns = 5

/** How many of each kind keep the event loop busy: timers, sockets, servers, child processes. */
export type ActiveResources = ReadonlyMap<string, number>

export function countActiveResources(): ActiveResources {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/**
 * What a module left running. Nobody can stop such things for it (a timer may be a library's that Baton needs too), so a
 * process with leftovers isn't used again.
 * @returns e.g. `Timeout, TCPSocketWrap`; undefined where nothing is left
 */
export async function findOpenHandles(before: ActiveResources): Promise<string | undefined> {
  let left: string[] = []
  for (let turn = 0; turn < graceTurns; turn++) {
    // The promise's own immediate is over when it resolves.
    await nextTurn()
    left = [...countActiveResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
    if (left.length === 0) return undefined
  }
  return left.join(', ')
}
