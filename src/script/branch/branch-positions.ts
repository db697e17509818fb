import { formatPlace, type Place } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import { parsePlace } from '../call-place.js'
import type { ModuleContext } from '../module-context.js'
import { nameOfStrand, type Ensemble, type Strand, type Wait } from './strand.js'

/** Who waits where for what, who runs, who has ended, in the order in which the branches began. */
export function positionsOf(ensemble: Ensemble, without?: Strand): BranchPosition[] {
  const { root, strands } = ensemble
  // The test itself waits for its branches as a rule; that says nothing.
  const itself = [...root.waits].some(({ structured }) => !structured) ? [root] : []
  return [...itself, ...strands.filter(strand => strand !== root && strand !== without)].flatMap(positionOf)
}

function positionOf(strand: Strand): BranchPosition[] {
  const { context } = strand.ensemble
  const role = strand.cell.role
  const device = context.roles.get(role)?.session.device.name ?? role
  const who = { branch: nameOfStrand(strand), device }
  const waits = [...strand.waits]
  if (strand.state === 'live' && waits.length > 0)
    return waits.map(wait => ({ ...who, doing: waitsFor(wait), ...at(wait) }))
  const { state, lastCommand, stoppedAt } = strand
  const doing = state === 'live' ? (lastCommand ? `in ${lastCommand.command}` : 'runs') : endings[state]
  const place = placeOf(context, state === 'live' ? lastCommand?.from : stoppedAt)
  return [{ ...who, doing, ...(place === undefined ? {} : { place }) }]
}

const endings = { passed: 'had ended', failed: 'failed', stopped: 'was stopped' }

function waitsFor({ kind, name, missing }: Wait): string {
  const others = missing()
  const whom = others.length > 0 ? ` for ${others.join(', ')}` : ''
  if (kind === 'barrier') return `waits at barrier '${name}'${whom}`
  return kind === 'signal' ? `waits for signal '${name}'` : `waits for ${name}`
}

function at({ place }: Wait): { place?: string } {
  return place ? { place: formatPlace(place) } : {}
}

/** A place, or the user's line in a stack. */
function placeOf(context: ModuleContext, where: Place | { stack?: string } | undefined): string | undefined {
  if (!where) return undefined
  if ('file' in where) return formatPlace(where)
  const line = where.stack?.split('\n').find(frame => frame.includes(context.fileName))
  const place = line === undefined ? undefined : parsePlace(context.mapStack(line))
  return place && formatPlace(place)
}

/** One line each. */
export function formatPositions(positions: readonly BranchPosition[]): string {
  const names = positions.map(({ branch }) => (branch === '' ? 'the test' : branch))
  const width = Math.max(0, ...names.map(({ length }) => length))
  return positions
    .map(({ doing, place }, index) => `  ${names[index]?.padEnd(width)}  ${doing}${place ? ` (${place})` : ''}`)
    .join('\n')
}
