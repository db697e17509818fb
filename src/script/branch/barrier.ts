import { inspect } from 'node:util'
import { formatLocation, BatonError, type SourceLocation } from '../../error/baton-error.js'
import { broken, endedMember, endRound, missingOf } from './barrier-rounds.js'
import { formatPositions, positionsOf } from './branch-positions.js'
import { callPlace } from '../call-place.js'
import { requireOwnBranch } from '../module-context.js'
import { requireRole } from '../require-role.js'
import { checkTimeout, usage } from './run-branches.js'
import { nameOfStrand, strandOf, type BarrierRound, type Strand } from './strand.js'
import { StrandWait } from './wait.js'

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
  const { context, cell } = requireOwnBranch(`barrier('${name}')`)
  const place = callPlace(context)
  checkTimeout(options.timeout, `barrier('${name}')`, place)
  const strand = strandOf(context, cell)
  const round = openRound(strand, name, options, place)
  const self = Array.isArray(round.members) ? roleOf(strand) : strand
  const ended = endedMember(round, strand)
  if (ended) throw broken(round, ended)
  if (round.arrived.has(self)) throw usage(`'${roleOf(strand)}' came to barrier('${name}') twice`, place)
  const wait = new StrandWait(strand, { kind: 'barrier', name, place, missing: () => missingOf(round) })
  round.arrived.set(self, wait)
  const missing = missingOf(round)
  const role = roleOf(strand)
  const device = context.roles.get(role)?.session.device.name ?? role
  const at = place ? { place: formatLocation(place) } : {}
  context.emit({ type: 'barrier:arrive', branch: nameOfStrand(strand), role, device, name, missing, ...at })
  if (missing.length === 0) endRound(strand.ensemble, round, each => each.resolve(undefined))
  wait.failAfter(options.timeout, () => {
    const error = late(strand, name, options.timeout, missingOf(round), place)
    endRound(strand.ensemble, round, each => each.reject(error))
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
function roleOf(strand: Strand): string {
  return strand.role ?? strand.cell.role
}

function openRound(
  strand: Strand,
  name: string,
  { of }: BarrierOptions,
  place: SourceLocation | undefined,
): BarrierRound {
  const { ensemble, group } = strand
  if (of !== undefined) checkList(of, name, place)
  const inParallel = group?.call === 'parallel()' ? group : undefined
  const members = of === undefined ? inParallel : [...new Set(of)].toSorted()
  if (!members) {
    throw usage(
      `barrier('${name}') outside of parallel() must say who comes`,
      place,
      "barrier('ready', { of: ['alice', 'bob'] })",
    )
  }
  if (Array.isArray(members)) {
    for (const role of members) requireRole(ensemble.context, role, place, `'${role}' in barrier('${name}')`)
    if (!members.includes(roleOf(strand))) {
      throw usage(`'${roleOf(strand)}' came to barrier('${name}'), which is of ${members.join(', ')}`, place)
    }
  }
  const open = ensemble.barriers.find(round => round.name === name && isSame(round.members, members))
  if (open) return open
  const round: BarrierRound = { name, members, arrived: new Map() }
  ensemble.barriers.push(round)
  return round
}

/** Plain JavaScript may give anything. */
function checkList(of: unknown, name: string, place: SourceLocation | undefined): void {
  if (Array.isArray(of) && of.length > 0) return
  throw usage(`barrier('${name}'): expected a list of roles in 'of', found ${inspect(of)}`, place)
}

function isSame(one: BarrierRound['members'], other: BarrierRound['members']): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && one.join(',') === other.join(','))
}

function late(
  strand: Strand,
  name: string,
  ms: number | undefined,
  missing: string[],
  place: SourceLocation | undefined,
): BatonError {
  const table = formatPositions(positionsOf(strand.ensemble))
  const text = `barrier('${name}') waited ${ms} ms for ${missing.join(', ')}:\n${table}`
  return new BatonError('BATON_BRANCH_TIMEOUT', text, place ? { place } : {})
}
