import { countOf } from '../error/closest-name.js'
import { join } from 'node:path'
import {
  failedPrefix,
  type BatonPass,
  type BranchPosition,
  type ErrorRecord,
  type LastCommand,
} from '../event/run-event.js'
import { formatComparison } from './format-comparison.js'
import { formatStack } from './format-stack.js'
import { plainLine, plainText, plainTitle, shorten } from './plain-text.js'
import type { Paint } from './paint.js'
import type { ArtifactRecord, AttemptRecord, LogRecord } from './run-schema.js'

export interface FailureStyle {
  paint: Paint
  /** Files in stacks and messages are relative to it. */
  cwd: string
  /** Folder of the report, as the user would open it. */
  reportDirectory?: string | undefined
}

/** What failed: a test, a hook, or the module itself. */
export interface Failure {
  title: string
  error: ErrorRecord | undefined
  trail: readonly BatonPass[]
  /** The branch that failed, if one did. */
  failedBranch?: string | undefined
  branches: readonly BranchPosition[]
  lastCommands: readonly LastCommand[]
  artifacts: readonly ArtifactRecord[]
}

/** Characters shown of a message and of a title; run.json has them all. */
const messageShown = 10_000
const titleShown = 500
/** Lines of a module's output shown with its failure. */
const outputShown = 50

/** A failure as indented lines: title, device, message, comparison, stack, other branches, trail. */
export function formatFailure(failure: Failure, number: number, style: FailureStyle): string[] {
  const { paint } = style
  const { title, error, trail, branches, lastCommands, artifacts } = failure
  const lines = [paint('bold', `${number}) ${shorten(title, titleShown)}`)]
  const device = error?.device ?? trail.at(-1)?.device
  const others = branches.filter(({ doing }) => !doing.startsWith(failedPrefix))
  if (failure.failedBranch !== undefined)
    lines.push(...formatFailedBranches(failure.failedBranch, branches).map(line => `   ${line}`))
  if (device !== undefined && device !== failure.failedBranch) lines.push(`   active device: ${plainLine(device)}`)
  if (error) lines.push('', ...formatError(error, style).map(line => `   ${line}`))
  const summaries = artifacts.flatMap(({ summary, device }) => (summary === undefined ? [] : [`${device}: ${summary}`]))
  if (summaries.length > 0) lines.push('', ...summaries.map(text => `   ${paint('red', plainLine(text))}`))
  const besides = failure.failedBranch === undefined ? branches : others
  if (besides.length > 0) lines.push('', ...['other branches:', ...formatBranches(besides)].map(line => `   ${line}`))
  if (lastCommands.length > 0) lines.push('', ...formatLastCommands(lastCommands).map(line => `   ${line}`))
  if (trail.length > 0) lines.push('', ...formatTrail(trail).map(line => `   ${line}`))
  if (artifacts.length > 0) lines.push('', ...formatArtifacts(artifacts, style).map(line => `   ${line}`))
  return [...lines.map(line => (line.trim() === '' ? '' : `  ${line}`)), '']
}

function formatError(error: ErrorRecord, { paint, cwd }: FailureStyle): string[] {
  const message = shorten(plainText(error.message), messageShown)
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
  const name = plainLine(error.code ?? error.name)
  const [first = '', ...rest] = message.split('\n')
  const lines = [paint('red', `${name}: ${first}`), ...rest]
  if (error.hint !== undefined) lines.push(...plainText(`HINT: ${error.hint}`).split('\n'))
  const comparison = formatComparison(error, paint)
  if (comparison.length > 0) lines.push('', ...comparison)
  if (error.codeFrame !== undefined) lines.push('', ...plainText(error.codeFrame).split('\n'))
  const stack = formatStack(error.stack ?? '', cwd)
  if (stack.length > 0) lines.push('', ...stack.map(line => paint('gray', line)))
  return lines
}

/** Which roles had the baton, oldest first, in columns with the lines that passed it. */
function formatTrail(trail: readonly BatonPass[]): string[] {
  const rows = trail.map(({ role, device, place }) => ({
    who: plainLine(role === device ? role : `${role} → ${device}`),
    place: place === undefined ? '' : plainLine(place),
  }))
  const width = Math.max(...rows.map(({ who }) => who.length))
  return rows.map(({ who, place }, index) =>
    `${index === 0 ? 'baton: ' : '       '}${who.padEnd(width)}  ${place}`.trimEnd(),
  )
}

/** The branch that failed first, and those that failed as well, each with its error. */
function formatFailedBranches(branch: string, branches: readonly BranchPosition[]): string[] {
  const failed = branches.filter(({ doing }) => doing.startsWith(failedPrefix))
  const head = `failed in branch ${plainLine(branch)}`
  if (failed.length === 0) return [head]
  const names = listOf(failed.map(each => plainLine(each.branch)))
  const rows = failed.map(each => ({ ...each, doing: each.doing.slice(failedPrefix.length) }))
  return [`${head}; ${names} failed, too:`, ...formatBranches(rows)]
}

/** `alice`, `alice and carol`, `alice, bob and carol` */
function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function formatLastCommands(commands: readonly LastCommand[]): string[] {
  const rows = commands.map(({ device, command, place = '' }) => [
    plainLine(device),
    plainLine(command),
    plainLine(place),
  ])
  return ['last commands:', ...inColumns(rows)]
}

/** What the other branches did, in columns. */
function formatBranches(branches: readonly BranchPosition[]): string[] {
  const rows = branches.map(({ branch, device, doing, place = '' }) => [
    plainLine(branch === '' ? 'the test' : branch === device ? branch : `${branch} → ${device}`),
    plainLine(doing),
    plainLine(place),
  ])
  return inColumns(rows)
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

/** Paths of screenshots, one a line so that a terminal can open them. */
function formatArtifacts(artifacts: readonly ArtifactRecord[], { reportDirectory }: FailureStyle): string[] {
  const pictures = artifacts.filter(({ kind }) => kind === 'screenshot')
  const shown = pictures.length > 0 ? pictures : artifacts.slice(0, 1)
  const paths = shown.map(({ path }) => pathShown(path, reportDirectory))
  const others = artifacts.length - shown.length
  return [
    `${pictures.length > 0 ? 'screenshots' : 'files'}:`,
    ...paths.map(path => `  ${path}`),
    ...(others > 0 ? [`  and ${countOf(others, 'file')} of page source and logs`] : []),
  ]
}

/** Paths of an attempt's attachments, trace and videos, one a line, and why others are missing. */
export function formatRecordings(
  { artifacts, files = [], missing = [] }: AttemptRecord,
  { reportDirectory }: FailureStyle,
): string[] {
  const pathsOf = (wanted: ArtifactRecord['kind']): string[] =>
    artifacts.filter(({ kind }) => kind === wanted).map(({ path }) => `       ${pathShown(path, reportDirectory)}`)
  const [videos, traces] = [pathsOf('video'), pathsOf('trace')]
  const attached = files.flatMap(({ change, path }) =>
    change === 'attached' && path !== undefined ? [`       ${pathShown(path, reportDirectory)}`] : [],
  )
  const lines = [
    ...(attached.length > 0 ? ['     attachments:', ...attached] : []),
    ...(traces.length > 0 ? ['     trace:', ...traces] : []),
    ...(videos.length > 0 ? ['     videos:', ...videos] : []),
    ...missing.flatMap(({ device, kind, reason }) => {
      if (kind === 'trace') return `     no trace: ${plainLine(reason)}`
      return kind === 'video' ? `     no video of ${plainLine(device)}: ${plainLine(reason)}` : []
    }),
  ]
  return lines.length > 0 ? [...lines, ''] : []
}

function pathShown(path: string, reportDirectory: string | undefined): string {
  return plainLine(reportDirectory === undefined ? path : join(reportDirectory, path))
}

/** A module's console output; only its end if it is long. */
export function formatOutput({ logs, logsLeftOut }: AttemptRecord, { paint }: FailureStyle): string[] {
  const lines = logs.flatMap(formatLog)
  if (lines.length === 0) return []
  const shown = lines.slice(-outputShown)
  const hidden = lines.length - shown.length + logsLeftOut
  const title = hidden > 0 ? `console (${hidden} earlier lines are in events.ndjson):` : 'console:'
  return [`     ${title}`, ...shown.map(line => paint('gray', `     | ${line}`)), '']
}

/** Lines of one piece of output. */
export function formatLog({ text }: Pick<LogRecord, 'text'>): string[] {
  return plainText(text).split('\n')
}

/** Everything in an attempt that failed: its tests and hooks, then the module as a whole. */
export function failuresToShow(attempt: AttemptRecord): Failure[] {
  const tests = attempt.tests
    .filter(test => test.state === 'failed' && !test.willRetry)
    .map(test => ({
      title: plainTitle(test.title),
      error: test.error,
      trail: test.trail ?? [],
      failedBranch: test.failedBranch,
      branches: test.branches ?? [],
      lastCommands: test.lastCommands ?? [],
      artifacts: test.artifacts ?? [],
    }))
  if (!attempt.error) return tests
  const running = attempt.running ? `while ${plainTitle(attempt.running)} was running` : 'the module itself'
  const stills = attempt.artifacts.filter(({ kind }) => kind !== 'video' && kind !== 'trace')
  return [
    ...tests,
    { title: running, error: attempt.error, trail: [], branches: [], lastCommands: [], artifacts: stills },
  ]
}
