/**
 * What an owner tells its reaper, one JSON object a line. A group is a POSIX process group: the pid of a child that
 * was spawned `detached`, so that whatever this child starts (ChromeDriver, browsers) belongs to it too.
 */
export type ReaperOrder =
  | { order: 'watch-group'; pgid: number }
  | { order: 'forget-group'; pgid: number }
  | { order: 'watch-directory'; path: string }
  | { order: 'forget-directory'; path: string }
  | { order: 'watch-claim'; path: string }
  | { order: 'forget-claim'; path: string }

/** What is to be ended and removed once the owner is gone. */
export interface Estate {
  groups: Set<number>
  directories: Set<string>
  /** Files that are alone in their folder, which others may make theirs as soon as the owner is gone. */
  claims: Set<string>
}

/** Carries one order out on the estate. */
export function applyOrder(estate: Estate, order: ReaperOrder): void {
  switch (order.order) {
    case 'watch-group':
      estate.groups.add(order.pgid)
      return
    case 'forget-group':
      estate.groups.delete(order.pgid)
      return
    case 'watch-directory':
      estate.directories.add(order.path)
      return
    case 'forget-directory':
      estate.directories.delete(order.path)
      return
    case 'watch-claim':
      estate.claims.add(order.path)
      return
    case 'forget-claim':
      estate.claims.delete(order.path)
  }
}

/** The orders that rebuild an estate in a new reaper. */
export function ordersFor(estate: Estate): ReaperOrder[] {
  return [
    ...[...estate.groups].map((pgid): ReaperOrder => ({ order: 'watch-group', pgid })),
    ...[...estate.directories].map((path): ReaperOrder => ({ order: 'watch-directory', path })),
    ...[...estate.claims].map((path): ReaperOrder => ({ order: 'watch-claim', path })),
  ]
}
