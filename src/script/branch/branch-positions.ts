import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { BranchPosition } from '../../event/run-event.js'
import { parsePlace } from '../caller-place.js'
import { toErrorRecord } from '../to-error-record.js'
import type { ModuleContext } from '../module-context.js'
import { branchName, type TestScope, type SentCommand, type Branch, type BranchWait } from './branch.js'

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
  const { state, lastCommand, stoppedAt, failure } = branch
  if (failure) return [{ ...who, doing: `failed: ${headline(failure.error)}`, ...failedAt(context, failure.error) }]
  if (state === 'live' && lastCommand) return [{ ...who, ...inCommand(context, lastCommand) }]
  const place = placeOf(context, stoppedAt)
  return [{ ...who, doing: state === 'live' ? 'runs' : endings[state], ...(place === undefined ? {} : { place }) }]
}

/** Names the function that the user called, if known: one `url` sends many commands. */
function inCommand(
  context: ModuleContext,
  { command, callSite: from, outerCallSites: within }: SentCommand,
): { doing: string; place?: string } {
  const site = [from, ...within].find(each => placeOf(context, each) !== undefined)
  if (!site) return { doing: `in ${command}` }
  const place = placeOf(context, site)
  const doing = `in ${calledBy(context, site.stack ?? '') ?? site.called ?? command}`
  return place === undefined ? { doing } : { doing, place }
}

/** `    at async Browser.url (…/node_modules/webdriverio/build/node.js:6373:37)` */
const libraryFrame = /^\s*at (?:async )?\w+\.([\w$]+) \(.*[\\/]node_modules[\\/](?:webdriverio|expect-webdriverio)[\\/]/
const wrappers = new Set(['elementErrorHandlerCallbackFn', 'value'])

/** Returns the WebdriverIO function that the user's line called: the outermost one on the stack. */
function calledBy(context: ModuleContext, stack: string): string | undefined {
  const frames = stack.split('\n')
  const inside = frames.slice(
    0,
    frames.findIndex(frame => frame.includes(context.fileName)),
  )
  return inside
    .toReversed()
    .map(frame => libraryFrame.exec(frame)?.[1])
    .find(name => name !== undefined && !wrappers.has(name))
}

const endings = { passed: 'has ended', failed: 'failed', stopped: 'was stopped' }

/** The first line is enough here. */
function headline(error: unknown): string {
  const { name, message, code } = toErrorRecord(error, stack => stack)
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
  const line = where.stack?.split('\n').find(frame => frame.includes(context.fileName))
  const place = line === undefined ? undefined : parsePlace(context.mapStack(line))
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
