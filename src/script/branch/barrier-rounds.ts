import { BatonError, formatLocation } from '../../error/baton-error.js'
import { branchName, type BarrierRound, type Branch, type BranchWait, type TestScope } from './branch.js'

/** Returns the names of the members that have not arrived. */
export function missingMembers({ members, arrived }: Pick<BarrierRound, 'members' | 'arrived'>): string[] {
  if (isRoles(members)) return members.filter(role => !arrived.has(role))
  return members.branches.filter(branch => !arrived.has(branch)).map(branchName)
}

/** Ends a round: calls `settle` for the wait of everyone who has arrived. */
export function endRound(testScope: TestScope, round: BarrierRound, settle: (wait: BranchWait) => void): void {
  testScope.barriers.splice(testScope.barriers.indexOf(round), 1)
  for (const wait of round.arrived.values()) settle(wait)
}

/** Fails the rounds that can't complete now that a branch has ended. */
export function breakBarriersOf(ended: Branch): void {
  const { testScope } = ended
  for (const round of testScope.barriers.filter(each => needs(each, ended))) {
    endRound(testScope, round, wait => wait.reject(barrierBrokenError(round, ended, wait)))
  }
}

/** Returns a member that has ended without arriving, if there is one; asked when `newcomer` arrives. */
export function endedMember(round: Omit<BarrierRound, 'name'>, newcomer: Branch): Branch | undefined {
  const others = newcomer.group?.branches ?? []
  return others.find(branch => branch.state !== 'live' && needs(round, branch, newcomer))
}

export function barrierBrokenError(round: Pick<BarrierRound, 'name'>, ended: Branch, wait?: BranchWait): BatonError {
  const started = ended.place ? ` (started at ${formatLocation(ended.place)})` : ''
  const how = ended.state === 'failed' ? 'failed' : 'ended'
  return new BatonError(
    'BATON_BARRIER_BROKEN',
    `barrier('${round.name}') can't complete: the branch '${branchName(ended)}'${started} ${how} without reaching it`,
    {
      hint: 'make every branch reach the barrier, or name those that do: { of: [...] }',
      ...(wait?.place ? { place: wait.place } : {}),
      ...(ended.failure ? { cause: ended.failure.error } : {}),
    },
  )
}

/**
 * Whether a round can't complete without a branch that has ended. If members are roles, another branch may still arrive
 * as that role, unless everyone who waits is a branch of the same `parallel`.
 */
function needs({ members, arrived }: Omit<BarrierRound, 'name'>, ended: Branch, newcomer?: Branch): boolean {
  const { group, role } = ended
  if (!isRoles(members)) return members === group && !arrived.has(ended)
  if (role === undefined || !members.includes(role) || arrived.has(role) || group?.call !== 'parallel()') return false
  const waiting = [...(newcomer ? [newcomer] : []), ...[...arrived.values()].map(({ branch }) => branch)]
  return waiting.every(branch => branch.group === group)
}

function isRoles(members: BarrierRound['members']): members is readonly string[] {
  return Array.isArray(members)
}
