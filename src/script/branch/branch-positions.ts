import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { failedPrefix, type BranchPosition } from '../../event/run-event.js'
import { firstUserPlace } from '../../error/stack-frames.js'
import { describeCommand, type NamedCall } from '../call-places.js'
import { callsOf } from '../call-sites.js'
import { toErrorRecord } from '../to-error-record.js'
import type { ModuleContext } from '../module-context.js'
import type { ScopeOwner } from '../device-scope.js'
import type { SentCommand } from '../sent-command.js'
import { branchName, findBranch, type TestScope, type Branch, type BranchWait } from './branch.js'

/** Returns what each branch is doing and where, in the order in which they started. */
export function branchPositions(testScope: TestScope): BranchPosition[] {
  return reportedBranches(testScope).flatMap(branchPosition)
}

/**
 * Returns the branches that a report lists.
 * @param without - the branch that failed, which the report shows already
 */
export function reportedBranches({ main, branches }: TestScope, without?: Branch): Branch[] {
  // The test usually waits for its branches, which is not worth a line.
  const mainBranch = without !== main && [...main.waits].some(({ structured }) => !structured) ? [main] : []
  return [...mainBranch, ...branches.filter(branch => branch !== main && branch !== without)]
}

/** Returns what a branch is doing; several entries if it waits for several things at the same time. */
export function branchPosition(branch: Branch): BranchPosition[] {
  const { context } = branch.testScope
  const role = branch.scope.role
  const device = context.roles.get(role)?.session.device.name ?? role
  const who = { branch: branchName(branch), device }
  const waits = [...branch.waits]
  if (branch.state === 'live' && waits.length > 0)
    return waits.map(wait => ({ ...who, doing: waitsFor(wait), ...at(wait) }))
  const { state, stoppedAt, failure } = branch
  const { lastCommand } = callsOf(branch.scope.owner)
  if (failure)
    return [{ ...who, doing: `${failedPrefix}${headline(failure.error)}`, ...failedAt(context, failure.error) }]
  if (state === 'live' && lastCommand) return [{ ...who, ...inCommand(context, lastCommand) }]
  const place = placeOf(context, stoppedAt)
  return [{ ...who, doing: state === 'live' ? 'runs' : endings[state], ...(place === undefined ? {} : { place }) }]
}

/** Returns what a test or hook waits for in Baton's own functions. */
export function pendingWait(owner: ScopeOwner): NamedCall | undefined {
  const [wait] = findBranch(owner)?.waits ?? []
  if (!wait) return undefined
  return { called: waitNames[wait.kind](wait.name), ...(wait.place ? { place: wait.place } : {}) }
}

const waitNames = {
  barrier: (name: string) => `barrier('${name}')`,
  signal: (name: string) => `until('${name}')`,
  branch: (names: string) => `the branches ${names}`,
}

function inCommand(context: ModuleContext, sent: SentCommand): { doing: string; place?: string } {
  const { called, place } = describeCommand(context, sent)
  return { doing: `in ${called}`, ...(place ? { place: formatLocation(place) } : {}) }
}

const endings = { passed: 'has ended', failed: 'failed', stopped: 'was stopped' }

/** The first line is enough here. */
function headline(error: unknown): string {
  const { name, message, code } = toErrorRecord(error)
  return `${code ?? name}: ${message.split('\n', 1)[0]}`
}

function failedAt(context: ModuleContext, error: unknown): { place?: string } {
  if (!(error instanceof Error)) return {}
  const place = error instanceof BatonError && error.place ? formatLocation(error.place) : placeOf(context, error)
  return place === undefined ? {} : { place }
}

function waitsFor({ kind, name, missing }: BranchWait): string {
  const others = missing()
  const whom = others.length > 0 ? ` for ${others.join(', ')}` : ''
  if (kind === 'barrier') return `waits at barrier '${name}'${whom}`
  return kind === 'signal' ? `waits for signal '${name}'` : `waits for ${name}`
}

function at({ place }: BranchWait): { place?: string } {
  return place ? { place: formatLocation(place) } : {}
}

/** Formats a location, or finds the user's line in a stack. */
function placeOf(context: ModuleContext, where: SourceLocation | { stack?: string } | undefined): string | undefined {
  if (!where) return undefined
  if ('file' in where) return formatLocation(where)
  const place = firstUserPlace(context.mapStack(where.stack ?? ''))
  return place && formatLocation(place)
}

/** Formats positions as a table, one line each. */
export function formatPositions(positions: readonly BranchPosition[]): string {
  const names = positions.map(({ branch }) => (branch === '' ? 'the test' : branch))
  const width = Math.max(0, ...names.map(({ length }) => length))
  return positions
    .map(({ doing, place }, index) => `  ${names[index]?.padEnd(width)}  ${doing}${place ? ` (${place})` : ''}`)
    .join('\n')
}
