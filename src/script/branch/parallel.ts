import { inspect } from 'node:util'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { formatLocation } from '../../error/baton-error.js'
import {
  startBranches,
  stopOthers,
  usageError,
  type StartedBranch,
  type BranchFunction,
  type BranchSpec,
} from './run-branches.js'
import { branchOf } from './branch.js'
import { settleWhenDone, PendingWait } from './wait.js'

/** A role, and what runs on it. */
export type RoleAndFunction = readonly [role: string, run: BranchFunction]

/** What branches return, by role or in order. */
export type BranchValues<B> = {
  -readonly [K in keyof B]: B[K] extends BranchFunction<infer T>
    ? Awaited<T>
    : B[K] extends readonly [string, BranchFunction<infer T>]
      ? Awaited<T>
      : never
}

/**
 * Runs one branch for each role, all at once: in each, however deep its helpers, `$`, `browser` and `expect` mean its own
 * device. Ends when all have ended. Where one fails, the others are stopped at their next command or wait.
 *
 * @param branches - role → what runs on it; or a list of `[role, function]`, for roles that the caller chooses. Each
 *   function gets its device's browser
 * @returns what each branch returned, by role or in the order of the list
 * @throws whatever the first branch that failed threw; BatonError BATON_BRANCH_USAGE, BATON_DEVICE_UNKNOWN,
 *   BATON_DEVICE_HELD where a branch can't be begun, and then none is; BATON_DEADLOCK where no branch can ever go on
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
    throw usageError(
      'parallel() takes functions by role',
      place,
      'write parallel({ alice: async () => { … }, bob: … })',
    )
  }
  const entries: readonly RoleAndFunction[] = isList(branches) ? branches : Object.entries(branches)
  if (entries.length === 0) throw usageError('parallel() was given no branches', place)
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string')
      throw usageError(`parallel() takes a list of [role, function], found ${inspect(entry)} in it`, place)
  }
  const orders = entries.map(([role, run]): BranchSpec => ({ role, run }))
  const begun = startBranches(caller, scope, 'parallel()', orders, place)
  const name = begun.map(({ branch }) => branch.role).join(', ')
  const wait = new PendingWait(caller, { kind: 'branch', name, place, structured: true })
  settleWhenDone(wait, () => joinBranches(begun))
  try {
    const values = (await wait.promise) as unknown[]
    return isList(branches) ? values : Object.fromEntries(entries.map(([role], index) => [role, values[index]]))
  } finally {
    caller.testScope.forget(begun.map(({ branch }) => branch))
    if (!scope.closed) context.recordPass(scope.role, place && formatLocation(place))
  }
}

function isList(branches: object): branches is readonly RoleAndFunction[] {
  return Array.isArray(branches)
}

/**
 * Waits until all have ended, and stops the others when one has failed.
 * @throws what the first one that failed threw
 */
export async function joinBranches(begun: readonly StartedBranch[]): Promise<unknown[]> {
  let first: { error: unknown } | undefined
  const ends = await Promise.all(
    begun.map(async ({ branch, ended }) => {
      branch.awaited = true
      const end = await ended
      if ('error' in end && !first) {
        first = { error: end.error }
        stopOthers(
          branch,
          begun.map(each => each.branch),
        )
      }
      return end
    }),
  )
  if (!first) return ends.map(end => ('value' in end ? end.value : undefined))
  throw first.error
}
