import { BatonError } from '../../error/baton-error.js'
import { areIdle, isTrackingActivity, trackActivity } from './branch-activity.js'
import { formatPositions, branchPositions } from './branch-positions.js'
import { runOutsideTests } from '../module-context.js'
import type { TestScope } from './branch.js'

/**
 * A deadlock is seen, not timed out: when every live branch of a test is in one of Baton's waits and nothing else could
 * wake any of them (see branch-activity.ts), none ever goes on. Looked for when a branch begins to wait or ends, and when
 * something that was pending is over.
 */
let watched: TestScope | undefined
let scheduled = false

/** Finds deadlocks from here on; costs a module that never calls `parallel` or `start` some time, so others don't. */
export function watchForDeadlocks(): void {
  trackActivity(schedule)
}

export function checkForDeadlock(testScope: TestScope): void {
  // Branches may end after their test.
  if (testScope.main.state !== 'live') return
  watched = testScope
  schedule()
}

export function stopWatching(testScope: TestScope): void {
  if (watched === testScope) watched = undefined
}

function schedule(): void {
  if (scheduled || !watched || !isTrackingActivity() || !areAllWaiting(watched)) return
  scheduled = true
  // What is due in this turn of the event loop comes first.
  runOutsideTests(() => setImmediate(check))
}

function check(): void {
  scheduled = false
  if (!watched || !areAllWaiting(watched)) return
  const owners = watched.branches.map(({ scope }) => scope.owner)
  if (areIdle(owners, watched.context.testTimer?.())) breakUp(watched)
}

function areAllWaiting({ live }: TestScope): boolean {
  for (const { waits } of live) if (waits.size === 0) return false
  return true
}

/** Whoever waits for a barrier or signal is told; branches that wait for branches hear of it from these. */
function breakUp(testScope: TestScope): void {
  const waits = [...testScope.live].flatMap(branch => [...branch.waits])
  const leaves = waits.filter(({ kind }) => kind !== 'branch')
  const error = deadlockError(testScope)
  for (const wait of leaves.length > 0 ? leaves : waits.filter(({ structured }) => !structured)) wait.reject(error)
}

function deadlockError(testScope: TestScope): BatonError {
  const failed = testScope.branches.find(({ failure }) => failure !== undefined)
  const error = new BatonError(
    'BATON_DEADLOCK',
    `every branch waits for another, so none will ever go on:\n${formatPositions(branchPositions(testScope))}`,
    {
      hint: 'who was to signal, or to come to the barrier? A branch that has ended can do neither',
      ...(failed ? { cause: failed.failure?.error } : {}),
    },
  )
  // It comes from no call: where the branches are is in its message.
  error.stack = `${error.name}: ${error.message}`
  return error
}
