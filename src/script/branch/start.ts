import type { SourceLocation } from '../../error/baton-error.js'
import { callPlace } from '../call-place.js'
import { requireOwnBranch } from '../module-context.js'
import { joinAll } from './parallel.js'
import { beginBranches, type BegunBranch, type BranchFunction } from './run-branches.js'
import { strandOf, type Strand } from './strand.js'
import { settleWith, StrandWait } from './wait.js'

/** A branch that was begun with `start`: `await` it to wait for its end. */
export interface BranchHandle<T> extends PromiseLike<T> {
  readonly role: string
}

const begunBy = new WeakMap<Strand, BegunBranch[]>()

/**
 * Begins a branch on a role's device and goes on at once. In it `$`, `browser` and `expect` mean that device.
 *
 * @param role - a role of this module that no other branch holds
 * @param run - gets the device's browser
 * @returns a handle; `await handle` gives what the branch returned, or throws what it threw. Whoever calls `start` awaits
 *   it, or calls `allDone`, before its own end: a branch that nobody awaited fails the test
 * @throws BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN, BATON_DEVICE_HELD where it can't be begun
 */
export function start<T>(role: string, run: BranchFunction<T>): BranchHandle<T> {
  const { context, cell } = requireOwnBranch(`start('${role}')`)
  const place = callPlace(context)
  const caller = strandOf(context, cell)
  const [begun] = beginBranches(caller, cell, 'start()', [{ role, run }], place)
  if (!begun) throw new Error('unreachable')
  begunBy.set(caller, [...(begunBy.get(caller) ?? []), begun])
  return {
    role,
    // `await` asks for it in the caller's own tick, when its line is still known, and calls it in a later one.
    // oxlint-disable-next-line unicorn/no-thenable -- only so is it known whether somebody awaits it
    get then(): PromiseLike<T>['then'] {
      const line = callPlace(context)
      return (onValue, onError) => awaitBranch<T>(begun, line).then(onValue, onError)
    },
  }
}

/**
 * Waits until all branches that were begun with `start` here have ended, those of the same test or of the same branch.
 * Where one fails, the others are stopped at their next command or wait.
 *
 * @throws whatever the first one that failed threw
 */
export async function allDone(): Promise<void> {
  const { context, cell } = requireOwnBranch('allDone()')
  const caller = strandOf(context, cell)
  // Those that somebody has awaited said how they ended.
  const begun = (begunBy.get(caller) ?? []).filter(({ strand }) => strand.state === 'live' || !strand.awaited)
  begunBy.delete(caller)
  const name = begun.map(({ strand }) => strand.role).join(', ')
  const wait = new StrandWait(caller, { kind: 'branch', name, place: callPlace(context), structured: true })
  settleWith(wait, () => joinAll(begun))
  try {
    await wait.promise
  } finally {
    caller.ensemble.forget(begun.map(({ strand }) => strand))
  }
}

async function awaitBranch<T>({ strand, ended }: BegunBranch, place: SourceLocation | undefined): Promise<T> {
  const { context, cell } = requireOwnBranch(`await of start('${strand.role}')`)
  const caller = strandOf(context, cell)
  strand.awaited = true
  const wait = new StrandWait(caller, { kind: 'branch', name: strand.role ?? '', place })
  settleWith(wait, async () => {
    const end = await ended
    if ('value' in end) return end.value
    throw end.error
  })
  try {
    return (await wait.promise) as T
  } finally {
    if (strand.state !== 'live') caller.ensemble.forget([strand])
  }
}
