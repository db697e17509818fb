import { inspect } from 'node:util'
import { formatLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { branchOf } from './branch.js'
import { startBranches, type BranchFunction, type StartedBranch } from './run-branches.js'
import { stopOthers } from './stop-branches.js'
import { usageError } from './usage-errors.js'
import { PendingWait, settleWhenDone } from './wait.js'

/** A role, and the function that runs on its device. */
export type RoleAndFunction = readonly [role: string, run: BranchFunction]

/** The values that branches return, by role or in the order of the list. */
export type BranchValues<B> = {
  -readonly [K in keyof B]: B[K] extends BranchFunction<infer T>
    ? Awaited<T>
    : B[K] extends readonly [string, BranchFunction<infer T>]
      ? Awaited<T>
      : never
}

/**
 * Runs one branch for each role, all at the same time. In a branch and in everything that it calls, `$`, `browser` and
 * `expect` mean its own device. Returns when all branches have ended. If one fails, the others are stopped at their next
 * command or wait.
 *
 * @param branches - role → function; or a list of `[role, function]`, for roles that you compute. Each function receives
 *   its device's browser
 * @returns the value of each branch, by role or in the order of the list
 * @throws the error of the first branch that failed; BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN or
 *   BATON_DEVICE_HELD if a branch can't start (then none does); BATON_DEADLOCK if every branch waits for another;
 *   BATON_NO_TEST outside a test or hook
 */
export function parallel<const B extends readonly RoleAndFunction[]>(branches: B): Promise<BranchValues<B>>
export function parallel<B extends Record<string, BranchFunction>>(branches: B): Promise<BranchValues<B>>
export async function parallel(
  branches: Record<string, BranchFunction> | readonly RoleAndFunction[],
): Promise<unknown> {
  const { context, scope } = requireOwnScope('parallel()')
  const place = callerPlace(context)
  const caller = branchOf(context, scope)
  if (typeof branches !== 'object' || branches === null) {
    const hint = 'write parallel({ alice: async () => { … }, bob: … })'
    throw usageError(`parallel(): expected functions by role, found ${inspect(branches)}`, place, hint)
  }
  const entries: readonly RoleAndFunction[] = isList(branches) ? branches : Object.entries(branches)
  if (entries.length === 0) throw usageError('parallel(): expected at least one branch, found none', place)
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string')
      throw usageError(`parallel(): expected [role, function], found ${inspect(entry)}`, place)
  }
  const specs = entries.map(([role, run]) => ({ role, run }))
  const started = startBranches({ caller, scope, call: 'parallel()', place }, specs)
  const name = started.map(({ branch }) => branch.role).join(', ')
  const wait = new PendingWait(caller, { kind: 'branch', name, place, structured: true })
  settleWhenDone(wait, () => joinBranches(started))
  try {
    const values = (await wait.promise) as unknown[]
    return isList(branches) ? values : Object.fromEntries(entries.map(([role], index) => [role, values[index]]))
  } finally {
    caller.testScope.forget(started.map(({ branch }) => branch))
    if (!scope.closed) context.recordPass(scope.role, place && formatLocation(place))
  }
}

function isList(branches: object): branches is readonly RoleAndFunction[] {
  return Array.isArray(branches)
}

/**
 * Waits until all branches have ended; stops the others when one has failed.
 * @throws the error of the first branch that failed
 */
export async function joinBranches(started: readonly StartedBranch[]): Promise<unknown[]> {
  const branches = started.map(({ branch }) => branch)
  let first: { error: unknown } | undefined
  const ends = await Promise.all(
    started.map(async ({ branch, ended }) => {
      branch.awaited = true
      const end = await ended
      if ('error' in end && !first) {
        first = { error: end.error }
        stopOthers(branch, branches)
      }
      return end
    }),
  )
  if (!first) return ends.map(end => ('value' in end ? end.value : undefined))
  throw first.error
}
