import { BatonError, formatLocation } from '../../error/baton-error.js'
import { nameOfStrand, type BarrierRound, type Ensemble, type Strand, type Wait } from './strand.js'

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

/** A member that can't come any more, asked for when `newcomer` comes. */
export function endedMember(round: Omit<BarrierRound, 'name'>, newcomer: Strand): Strand | undefined {
  const others = newcomer.group?.strands ?? []
  return others.find(strand => strand.state !== 'live' && needs(round, strand, newcomer))
}

export function broken(round: Pick<BarrierRound, 'name'>, strand: Strand, wait?: Wait): BatonError {
  const begun = strand.place ? `, begun at ${formatLocation(strand.place)},` : ''
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

/**
 * Whether a round can't be complete without a strand that has ended. As a role somebody else could come in its place,
 * unless all who wait are branches of the same `parallel`, which come themselves.
 */
function needs({ members, arrived }: Omit<BarrierRound, 'name'>, ended: Strand, newcomer?: Strand): boolean {
  const { group, role } = ended
  if (!isRoles(members)) return members === group && !arrived.has(ended)
  if (role === undefined || !members.includes(role) || arrived.has(role) || group?.call !== 'parallel()') return false
  const waiting = [...(newcomer ? [newcomer] : []), ...[...arrived.values()].map(({ strand }) => strand)]
  return waiting.every(strand => strand.group === group)
}

function isRoles(members: BarrierRound['members']): members is readonly string[] {
  return Array.isArray(members)
}
