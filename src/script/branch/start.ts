import type { SourceLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { joinBranches } from './parallel.js'
import { startBranches, type StartedBranch, type BranchFunction } from './run-branches.js'
import { branchOf, type Branch } from './branch.js'
import { settleWhenDone, PendingWait } from './wait.js'

/** A branch that was begun with `start`: `await` it to wait for its end. */
export interface BranchHandle<T> extends PromiseLike<T> {
  readonly role: string
}

const startedBy = new WeakMap<Branch, StartedBranch[]>()

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
  const { context, scope } = requireOwnScope(`start('${role}')`)
  const place = callerPlace(context)
  const caller = branchOf(context, scope)
  const [begun] = startBranches(caller, scope, 'start()', [{ role, run }], place)
  if (!begun) throw new Error('unreachable')
  startedBy.set(caller, [...(startedBy.get(caller) ?? []), begun])
  return {
    role,
    // `await` asks for it in the caller's own tick, when its line is still known, and calls it in a later one.
    // oxlint-disable-next-line unicorn/no-thenable -- only so is it known whether somebody awaits it
    get then(): PromiseLike<T>['then'] {
      const line = callerPlace(context)
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
  const { context, scope } = requireOwnScope('allDone()')
  const caller = branchOf(context, scope)
  // Those that somebody has awaited said how they ended.
  const begun = (startedBy.get(caller) ?? []).filter(({ branch }) => branch.state === 'live' || !branch.awaited)
  startedBy.delete(caller)
  const name = begun.map(({ branch }) => branch.role).join(', ')
  const wait = new PendingWait(caller, { kind: 'branch', name, place: callerPlace(context), structured: true })
  settleWhenDone(wait, () => joinBranches(begun))
  try {
    await wait.promise
  } finally {
    caller.testScope.forget(begun.map(({ branch }) => branch))
  }
}

async function awaitBranch<T>({ branch, ended }: StartedBranch, place: SourceLocation | undefined): Promise<T> {
  const { context, scope } = requireOwnScope(`await of start('${branch.role}')`)
  const caller = branchOf(context, scope)
  branch.awaited = true
  const wait = new PendingWait(caller, { kind: 'branch', name: branch.role ?? '', place })
  settleWhenDone(wait, async () => {
    const end = await ended
    if ('value' in end) return end.value
    throw end.error
  })
  try {
    return (await wait.promise) as T
  } finally {
    if (branch.state !== 'live') caller.testScope.forget([branch])
  }
}
