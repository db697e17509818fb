import { BatonError, formatLocation } from '../../error/baton-error.js'
import { branchName, type BarrierRound, type TestScope, type Branch, type BranchWait } from './branch.js'

/** @returns names of those who have not come */
export function missingMembers({ members, arrived }: Pick<BarrierRound, 'members' | 'arrived'>): string[] {
  if (isRoles(members)) return members.filter(role => !arrived.has(role))
  return members.branches.filter(branch => !arrived.has(branch)).map(branchName)
}

/** Ends a round, for good or bad. */
export function endRound(testScope: TestScope, round: BarrierRound, end: (wait: BranchWait) => void): void {
  testScope.barriers.splice(testScope.barriers.indexOf(round), 1)
  for (const wait of round.arrived.values()) end(wait)
}

/** A branch has ended: rounds that can't be complete without it fail. */
export function breakBarriersOf(branch: Branch): void {
  for (const round of branch.testScope.barriers.filter(each => isNeeded(each, branch))) {
    endRound(branch.testScope, round, wait => wait.reject(barrierBrokenError(round, branch, wait)))
  }
}

/** A member that can't come any more, asked for when `newcomer` comes. */
export function endedMember(round: Omit<BarrierRound, 'name'>, newcomer: Branch): Branch | undefined {
  const others = newcomer.group?.branches ?? []
  return others.find(branch => branch.state !== 'live' && isNeeded(round, branch, newcomer))
}

export function barrierBrokenError(round: Pick<BarrierRound, 'name'>, branch: Branch, wait?: BranchWait): BatonError {
  const begun = branch.place ? `, begun at ${formatLocation(branch.place)},` : ''
  const how = branch.state === 'failed' ? 'failed' : 'ended'
  return new BatonError(
    'BATON_BARRIER_BROKEN',
    `barrier('${round.name}') waits for the branch '${branchName(branch)}'${begun} which has ${how} without coming`,
    {
      hint: 'every branch comes to the barrier, or the barrier names those who do: { of: [...] }',
      ...(wait?.place ? { place: wait.place } : {}),
      ...(branch.failure ? { cause: branch.failure.error } : {}),
    },
  )
}

/**
 * Whether a round can't be complete without a branch that has ended. As a role somebody else could come in its place,
 * unless all who wait are branches of the same `parallel`, which come themselves.
 */
function isNeeded({ members, arrived }: Omit<BarrierRound, 'name'>, ended: Branch, newcomer?: Branch): boolean {
  const { group, role } = ended
  if (!isRoles(members)) return members === group && !arrived.has(ended)
  if (role === undefined || !members.includes(role) || arrived.has(role) || group?.call !== 'parallel()') return false
  const waiting = [...(newcomer ? [newcomer] : []), ...[...arrived.values()].map(({ branch }) => branch)]
  return waiting.every(branch => branch.group === group)
}

function isRoles(members: BarrierRound['members']): members is readonly string[] {
  return Array.isArray(members)
}
