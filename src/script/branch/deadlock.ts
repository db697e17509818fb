import { BatonError } from '../../error/baton-error.js'
import { areAtRest, isTracked, trackActivity } from './branch-activity.js'
import { formatPositions, positionsOf } from './branch-positions.js'
import { outsideOfTests } from '../module-context.js'
import type { Ensemble } from './strand.js'

/**
 * A deadlock is seen, not timed out: when every live strand of a test is in one of Baton's waits and nothing else could
 * wake any of them (see branch-activity.ts), none ever goes on. Looked for when a strand begins to wait or ends, and when
 * something that was pending is over.
 */
let watched: Ensemble | undefined
let scheduled = false

/** Finds deadlocks from here on; costs a module that never calls `parallel` or `start` some time, so others don't. */
export function watchForDeadlocks(): void {
  trackActivity(schedule)
}

export function lookForDeadlock(ensemble: Ensemble): void {
  // Branches may end after their test.
  if (ensemble.root.state !== 'live') return
  watched = ensemble
  schedule()
}

export function forgetEnsemble(ensemble: Ensemble): void {
  if (watched === ensemble) watched = undefined
}

function schedule(): void {
  if (scheduled || !watched || !isTracked() || !doAllWait(watched)) return
  scheduled = true
  // What is due in this turn of the event loop comes first.
  outsideOfTests(() => setImmediate(check))
}

function check(): void {
  scheduled = false
  if (!watched || !doAllWait(watched)) return
  const owners = watched.strands.map(({ cell }) => cell.owner)
  if (areAtRest(owners, watched.context.deadline?.())) breakUp(watched)
}

function doAllWait({ live }: Ensemble): boolean {
  for (const { waits } of live) if (waits.size === 0) return false
  return true
}

/** Whoever waits for a barrier or signal is told; branches that wait for branches hear of it from these. */
function breakUp(ensemble: Ensemble): void {
  const waits = [...ensemble.live].flatMap(strand => [...strand.waits])
  const leaves = waits.filter(({ kind }) => kind !== 'branch')
  const error = deadlock(ensemble)
  for (const wait of leaves.length > 0 ? leaves : waits.filter(({ structured }) => !structured)) wait.reject(error)
}

function deadlock(ensemble: Ensemble): BatonError {
  const failed = ensemble.strands.find(({ failure }) => failure !== undefined)
  const error = new BatonError(
    'BATON_DEADLOCK',
    `every branch waits for another, so none will ever go on:\n${formatPositions(positionsOf(ensemble))}`,
    {
      hint: 'who was to signal, or to come to the barrier? A branch that has ended can do neither',
      ...(failed ? { cause: failed.failure?.error } : {}),
    },
  )
  // It comes from no call: where the branches are is in its message.
  error.stack = `${error.name}: ${error.message}`
  return error
}
