import { BatonError, formatPlace } from '../error/baton-error.js'
import { liveStrands, nameOfStrand, type BarrierRound, type Ensemble, type Strand, type Wait } from './strand.js'

/** @returns names of those who have not come */
export function missingOf({ members, arrived }: Pick<BarrierRound, 'members' | 'arrived'>): string[] {
  if (isRoles(members)) return members.filter(role => !arrived.has(role))
  return members.strands.filter(strand => !arrived.has(strand)).map(nameOfStrand)
}

/** Ends a round, for good or bad. */
export function endRound(ensemble: Ensemble, round: BarrierRound, end: (wait: Wait) => void): void {
  ensemble.barriers.splice(ensemble.barriers.indexOf(round), 1)
  for (const wait of round.arrived.values()) end(wait)
}

/** A strand has ended: rounds that can't be complete without it fail. */
export function breakBarriersWithout(strand: Strand): void {
  for (const round of strand.ensemble.barriers.filter(each => needs(each, strand))) {
    endRound(strand.ensemble, round, wait => wait.reject(broken(round, strand, wait)))
  }
}

/** The first member that has ended already. */
export function endedMember({ members }: Pick<BarrierRound, 'members'>): Strand | undefined {
  return isRoles(members) ? undefined : members.strands.find(({ state }) => state !== 'live')
}

export function broken(round: Pick<BarrierRound, 'name'>, strand: Strand, wait?: Wait): BatonError {
  const begun = strand.place ? `, begun at ${formatPlace(strand.place)},` : ''
  const how = strand.state === 'failed' ? 'failed' : 'ended'
  return new BatonError(
    'BATON_BARRIER_BROKEN',
    `barrier('${round.name}') waits for the branch '${nameOfStrand(strand)}'${begun} which has ${how} without coming`,
    {
      hint: 'every branch comes to the barrier, or the barrier names those who do: { of: [...] }',
      ...(wait?.place ? { place: wait.place } : {}),
      ...(strand.failure ? { cause: strand.failure.error } : {}),
    },
  )
}

function needs({ members, arrived }: BarrierRound, strand: Strand): boolean {
  if (!isRoles(members)) return members.strands.includes(strand) && !arrived.has(strand)
  const { role } = strand
  if (role === undefined || !members.includes(role) || arrived.has(role)) return false
  // The test itself may come as whatever role it passes the baton to.
  return strand.ensemble.root.waits.size > 0 && !liveStrands(strand.ensemble).some(other => other.role === role)
}

function isRoles(members: BarrierRound['members']): members is readonly string[] {
  return Array.isArray(members)
}
