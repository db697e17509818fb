import { inspect } from 'node:util'
import { formatLocation, BatonError, type SourceLocation } from '../../error/baton-error.js'
import { barrierBrokenError, endedMember, endRound, missingMembers } from './barrier-rounds.js'
import { formatPositions, branchPositions } from './branch-positions.js'
import { callerPlace } from '../caller-place.js'
import { requireOwnScope } from '../module-context.js'
import { requireRole } from '../require-role.js'
import { assertTimeout, usageError } from './run-branches.js'
import { branchName, branchOf, type BarrierRound, type Branch } from './branch.js'
import { PendingWait } from './wait.js'

export interface BarrierOptions {
  /** Roles that come to it; where it isn't given, all branches of the `parallel` around. */
  of?: readonly string[]
  /** Milliseconds; where it isn't given, the test's own deadline holds. */
  timeout?: number
}

/**
 * Waits until all have come to the barrier of this name. In a loop the same name serves each round anew.
 *
 * @param name - any text; the same in all branches
 * @throws BatonError BATON_BARRIER_BROKEN where one ends without coming, BATON_BRANCH_TIMEOUT after `timeout`,
 *   BATON_DEADLOCK where no branch can ever go on, BATON_BRANCH_STOPPED where another branch has failed,
 *   BATON_BRANCH_USAGE outside of `parallel` without `of`, or where the branch is not one of `of`
 */
export async function barrier(name: string, options: BarrierOptions = {}): Promise<void> {
  const { context, scope } = requireOwnScope(`barrier('${name}')`)
  const place = callerPlace(context)
  assertTimeout(options.timeout, `barrier('${name}')`, place)
  const branch = branchOf(context, scope)
  const round = openRound(branch, name, options, place)
  const self = Array.isArray(round.members) ? roleOf(branch) : branch
  const ended = endedMember(round, branch)
  if (ended) throw barrierBrokenError(round, ended)
  if (round.arrived.has(self)) throw usageError(`'${roleOf(branch)}' came to barrier('${name}') twice`, place)
  const wait = new PendingWait(branch, { kind: 'barrier', name, place, missing: () => missingMembers(round) })
  round.arrived.set(self, wait)
  const missing = missingMembers(round)
  const role = roleOf(branch)
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  context.emit({ type: 'barrier:arrive', branch: branchName(branch), role, device, name, missing, ...at })
  if (missing.length === 0) endRound(branch.testScope, round, each => each.resolve(undefined))
  wait.failAfter(options.timeout, () => {
    const error = timeoutError(branch, name, options.timeout, missingMembers(round), place)
    endRound(branch.testScope, round, each => each.reject(error))
    return error
  })
  try {
    await wait.promise
  } catch (error) {
    // Whoever comes later does not meet it.
    round.arrived.delete(self)
    throw error
  }
}

/** A branch comes as its role; the test itself as that of the device that holds the baton. */
function roleOf(branch: Branch): string {
  return branch.role ?? branch.scope.role
}

function openRound(
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
      `barrier('${name}') outside of parallel() must say who comes`,
      place,
      "barrier('ready', { of: ['alice', 'bob'] })",
    )
  }
  if (Array.isArray(members)) {
    for (const role of members) requireRole(testScope.context, role, place, `'${role}' in barrier('${name}')`)
    if (!members.includes(roleOf(branch))) {
      throw usageError(`'${roleOf(branch)}' came to barrier('${name}'), which is of ${members.join(', ')}`, place)
    }
  }
  const open = testScope.barriers.find(round => round.name === name && isSame(round.members, members))
  if (open) return open
  const round: BarrierRound = { name, members, arrived: new Map() }
  testScope.barriers.push(round)
  return round
}

/** Plain JavaScript may give anything. */
function assertRoles(of: unknown, name: string, place: SourceLocation | undefined): void {
  if (Array.isArray(of) && of.length > 0) return
  throw usageError(`barrier('${name}'): expected a list of roles in 'of', found ${inspect(of)}`, place)
}

function isSame(one: BarrierRound['members'], other: BarrierRound['members']): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && one.join(',') === other.join(','))
}

function timeoutError(
  branch: Branch,
  name: string,
  ms: number | undefined,
  missing: string[],
  place: SourceLocation | undefined,
): BatonError {
  const table = formatPositions(branchPositions(branch.testScope))
  const text = `barrier('${name}') waited ${ms} ms for ${missing.join(', ')}:\n${table}`
  return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
}
