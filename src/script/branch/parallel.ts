import { inspect } from 'node:util'
import { callPlace } from '../call-place.js'
import { requireOwnBranch } from '../module-context.js'
import { formatLocation } from '../../error/baton-error.js'
import {
  beginBranches,
  stopOthers,
  usage,
  type BegunBranch,
  type BranchFunction,
  type BranchOrder,
} from './run-branches.js'
import { strandOf } from './strand.js'
import { settleWith, StrandWait } from './wait.js'

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
  const { context, cell } = requireOwnBranch('parallel()')
  const place = callPlace(context)
  const caller = strandOf(context, cell)
  if (typeof branches !== 'object' || branches === null) {
    throw usage('parallel() takes functions by role', place, 'write parallel({ alice: async () => { … }, bob: … })')
  }
  const entries: readonly RoleAndFunction[] = isList(branches) ? branches : Object.entries(branches)
  if (entries.length === 0) throw usage('parallel() was given no branches', place)
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string')
      throw usage(`parallel() takes a list of [role, function], found ${inspect(entry)} in it`, place)
  }
  const orders = entries.map(([role, run]): BranchOrder => ({ role, run }))
  const begun = beginBranches(caller, cell, 'parallel()', orders, place)
  const name = begun.map(({ strand }) => strand.role).join(', ')
  const wait = new StrandWait(caller, { kind: 'branch', name, place, structured: true })
  settleWith(wait, () => joinAll(begun))
  try {
    const values = (await wait.promise) as unknown[]
    return isList(branches) ? values : Object.fromEntries(entries.map(([role], index) => [role, values[index]]))
  } finally {
    caller.ensemble.forget(begun.map(({ strand }) => strand))
    if (!cell.closed) context.notePass(cell.role, place && formatLocation(place))
  }
}

function isList(branches: object): branches is readonly RoleAndFunction[] {
  return Array.isArray(branches)
}

/**
 * Waits until all have ended, and stops the others when one has failed.
 * @throws what the first one that failed threw
 */
export async function joinAll(begun: readonly BegunBranch[]): Promise<unknown[]> {
  let first: { error: unknown } | undefined
  const ends = await Promise.all(
    begun.map(async ({ strand, ended }) => {
      strand.awaited = true
      const end = await ended
      if ('error' in end && !first) {
        first = { error: end.error }
        stopOthers(
          strand,
          begun.map(each => each.strand),
        )
      }
      return end
    }),
  )
  if (!first) return ends.map(end => ('value' in end ? end.value : undefined))
  throw first.error
}
