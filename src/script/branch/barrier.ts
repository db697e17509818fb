import { inspect } from 'node:util'
import { BatonError, type SourceLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { requireRole } from '../require-role.js'
import { barrierBrokenError, endedMember, endRound, missingMembers } from './barrier-rounds.js'
import { branchOf, roleOf, type BarrierRound, type Branch } from './branch.js'
import { branchEventFields } from './branch-events.js'
import { branchPositions, formatPositions } from './branch-positions.js'
import { assertTimeout, usageError } from './usage-errors.js'
import { PendingWait } from './wait.js'

export interface BarrierOptions {
  /** Roles that have to reach the barrier. Default: all branches of the surrounding `parallel`. */
  of?: readonly string[]
  /** Milliseconds. Default: until the test itself times out. */
  timeout?: number
}

/**
 * Waits until all branches have reached the barrier of this name. In a loop, the same name works for each round.
 *
 * @param name - any text, the same in all branches
 * @throws BatonError BATON_BARRIER_BROKEN if a branch ends without reaching it, BATON_BRANCH_TIMEOUT after `timeout`,
 *   BATON_DEADLOCK if every branch waits for another, BATON_BRANCH_STOPPED if another branch has failed,
 *   BATON_BRANCH_USAGE outside `parallel` without `of`, or if the caller is not one of `of`, BATON_DEVICE_UNKNOWN if `of`
 *   has a name that is not a role
 */
export async function barrier(name: string, options: BarrierOptions = {}): Promise<void> {
  const { context, scope } = requireOwnScope(`barrier('${name}')`)
  const place = callerPlace(context)
  assertTimeout(options.timeout, `barrier('${name}')`, place)
  const branch = branchOf(context, scope)
  const round = joinRound(branch, name, options, place)
  const self = Array.isArray(round.members) ? roleOf(branch) : branch
  const ended = endedMember(round, branch)
  if (ended) throw barrierBrokenError(round, ended)
  if (round.arrived.has(self)) throw usageError(`'${roleOf(branch)}' reached barrier('${name}') twice`, place)
  const wait = new PendingWait(branch, { kind: 'barrier', name, place, missing: () => missingMembers(round) })
  round.arrived.set(self, wait)
  const missing = missingMembers(round)
  context.emit({ type: 'barrier:arrive', ...branchEventFields(branch, place), name, missing })
  if (missing.length === 0) endRound(branch.testScope, round, each => each.resolve(undefined))
  wait.failAfter(options.timeout, () => {
    const error = timeoutError(branch, round, options.timeout, place)
    endRound(branch.testScope, round, each => each.reject(error))
    return error
  })
  try {
    await wait.promise
  } catch (error) {
    // Branches that arrive later must not count it.
    round.arrived.delete(self)
    throw error
  }
}

/** Returns the open round of this name and these members, or opens one. */
function joinRound(
  branch: Branch,
  name: string,
  { of }: BarrierOptions,
  place: SourceLocation | undefined,
): BarrierRound {
  const { testScope, group } = branch
  if (of !== undefined) assertRoles(of, name, place)
  const inParallel = group?.call === 'parallel()' ? group : undefined
  const members = of === undefined ? inParallel : [...new Set(of)].toSorted()
  if (!members) {
    throw usageError(
      `barrier('${name}') outside parallel(): expected a list of roles in 'of', found none`,
      place,
      "write barrier('ready', { of: ['alice', 'bob'] })",
    )
  }
  if (Array.isArray(members)) {
    for (const role of members) requireRole(testScope.context, role, place, `'${role}' in barrier('${name}')`)
    if (!members.includes(roleOf(branch))) {
      throw usageError(`'${roleOf(branch)}' reached barrier('${name}'), which is only for ${members.join(', ')}`, place)
    }
  }
  const open = testScope.barriers.find(round => round.name === name && isSame(round.members, members))
  if (open) return open
  const round: BarrierRound = { name, members, arrived: new Map() }
  testScope.barriers.push(round)
  return round
}

/** Plain JavaScript may pass anything. */
function assertRoles(of: unknown, name: string, place: SourceLocation | undefined): void {
  if (Array.isArray(of) && of.length > 0) return
  throw usageError(`barrier('${name}'): expected a list of roles in 'of', found ${inspect(of)}`, place)
}

function isSame(one: BarrierRound['members'], other: BarrierRound['members']): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && one.join(',') === other.join(','))
}

function timeoutError(
  { testScope }: Branch,
  round: BarrierRound,
  ms: number | undefined,
  place: SourceLocation | undefined,
): BatonError {
  const missing = missingMembers(round).join(', ')
  const table = formatPositions(branchPositions(testScope))
  const text = `barrier('${round.name}') timed out after ${ms} ms, waiting for ${missing}:\n${table}`
  return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
}
