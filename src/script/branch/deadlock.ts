import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { areIdle, isTrackingActivity, trackActivity } from './branch-activity.js'
import { formatPositions, branchPositions } from './branch-positions.js'
import { runOutsideTests } from '../module-context.js'
import type { TestScope } from './branch.js'

/**
 * Deadlocks are detected without a timeout: if every live branch of a test is in one of Baton's waits, and nothing else
 * can wake any of them (see branch-activity.ts), none will ever continue. Checked when a branch starts to wait or ends,
 * and when something that was pending has finished.
 */
let watched: TestScope | undefined
let scheduled = false

/** Starts to detect deadlocks. It slows every promise down, so it is for modules that mention `parallel` or `start`. */
export function watchForDeadlocks(): void {
  trackActivity(schedule)
}

/** Whether a module may start branches: only then are deadlocks detected, which costs time. */
export function mentionsBranches(code: string): boolean {
  return /["'`.](?:parallel|start)\b/.test(code)
}

/** Checks the branches of a test at the end of this turn of the event loop. */
export function checkForDeadlock(testScope: TestScope): void {
  // Branches may outlive their test.
  if (testScope.main.state !== 'live') return
  watched = testScope
  schedule()
}

/** Stops checking the branches of a test that is over. */
export function stopWatching(testScope: TestScope): void {
  if (watched === testScope) watched = undefined
}

function schedule(): void {
  if (scheduled || !watched || !isTrackingActivity() || !areAllWaiting(watched)) return
  scheduled = true
  // Callbacks that are due in this turn of the event loop come first.
  runOutsideTests(() => setImmediate(check))
}

function check(): void {
  scheduled = false
  if (!watched || !areAllWaiting(watched)) return
  const owners = watched.branches.map(({ scope }) => scope.owner)
  if (areIdle(owners, watched.context.testTimer?.())) failWaits(watched)
}

function areAllWaiting({ live }: TestScope): boolean {
  for (const { waits } of live) if (waits.size === 0) return false
  return true
}

/** Fails the waits for barriers and signals; branches that wait for other branches fail through these. */
function failWaits(testScope: TestScope): void {
  const waits = [...testScope.live].flatMap(branch => [...branch.waits])
  const leaves = waits.filter(({ kind }) => kind !== 'branch')
  const failing = leaves.length > 0 ? leaves : waits.filter(({ structured }) => !structured)
  const error = deadlockError(testScope, failing[0]?.place)
  for (const wait of failing) wait.reject(error)
}

/** @param place - of a wait, where the error is shown */
function deadlockError(testScope: TestScope, place: SourceLocation | undefined): BatonError {
  const failed = testScope.branches.find(({ failure }) => failure !== undefined)
  const error = new BatonError(
    'BATON_DEADLOCK',
    `every branch waits for another, so none can continue:\n${formatPositions(branchPositions(testScope))}`,
    {
      hint: 'check which branch should set the signal or reach the barrier; one that has ended can do neither',
      ...(failed ? { cause: failed.failure?.error } : {}),
    },
  )
  // No call of the user's throws it; the message says where the branches are.
  error.stack = `${error.name}: ${error.message}${place ? `\n    at ${formatLocation(place)}` : ''}`
  return error
}
