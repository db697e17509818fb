import type { SourceLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { branchOf, type Branch } from './branch.js'
import { joinBranches } from './parallel.js'
import { startBranches, type BranchFunction, type StartedBranch } from './run-branches.js'
import { PendingWait, settleWhenDone } from './wait.js'

/** A branch that `start` started. `await` it to wait for its end and get its value. */
export interface BranchHandle<T> extends PromiseLike<T> {
  readonly role: string
}

const startedBy = new WeakMap<Branch, StartedBranch[]>()

/**
 * Starts a branch on a role's device and returns at once. In the branch, `$`, `browser` and `expect` mean that device.
 *
 * @param role - a role of this module that no other branch holds
 * @param run - receives the device's browser
 * @returns a handle; `await handle` returns the branch's value or throws its error. Await it, or call `allDone`, before
 *   the test or branch that called `start` ends: a branch that nobody awaited fails the test
 * @throws BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN or BATON_DEVICE_HELD if the branch can't start,
 *   BATON_NO_TEST outside a test or hook
 */
export function start<T>(role: string, run: BranchFunction<T>): BranchHandle<T> {
  const { context, scope } = requireOwnScope(`start('${role}')`)
  const place = callerPlace(context)
  const caller = branchOf(context, scope)
  const [started] = startBranches({ caller, scope, call: 'start()', place }, [{ role, run }])
  if (!started) throw new Error('unreachable')
  startedBy.set(caller, [...(startedBy.get(caller) ?? []), started])
  return {
    role,
    // `await` reads `then` while its line is still on the stack, and calls it in a later tick.
    // oxlint-disable-next-line unicorn/no-thenable -- the only way to know whether somebody awaits it
    get then(): PromiseLike<T>['then'] {
      const line = callerPlace(context)
      return (onValue, onError) => awaitBranch<T>(started, line).then(onValue, onError)
    },
  }
}

/**
 * Waits until all branches that this test or branch started with `start` have ended. If one fails, the others are
 * stopped at their next command or wait.
 *
 * @throws the error of the first branch that failed; BatonError BATON_NO_TEST outside a test or hook
 */
export async function allDone(): Promise<void> {
  const { context, scope } = requireOwnScope('allDone()')
  const caller = branchOf(context, scope)
  // The others were awaited by their handles, which reported how they ended.
  const started = (startedBy.get(caller) ?? []).filter(({ branch }) => branch.state === 'live' || !branch.awaited)
  startedBy.delete(caller)
  const name = started.map(({ branch }) => branch.role).join(', ')
  const wait = new PendingWait(caller, { kind: 'branch', name, place: callerPlace(context), structured: true })
  settleWhenDone(wait, () => joinBranches(started))
  try {
    await wait.promise
  } finally {
    caller.testScope.forget(started.map(({ branch }) => branch))
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
