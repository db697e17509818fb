import { snapshotStates } from '../event/run-event.js'
import { reportedVerdicts, type ReportedVerdict } from '../event/verdicts.js'
import { formatCoverage } from './format-coverage.js'
import { idealTime } from './ideal-time.js'
import { type Paint, verdictColours } from './paint.js'
import { formatDuration, moduleName, plainLine, plainTitle, shorten } from './plain-text.js'
import { failedBefore, failuresOf, resultOf } from './run-record.js'
import type { AttemptRecord } from './run-schema.js'
import type { ModuleRecord, RunRecord } from './run-record.js'

/** Files listed for each reason why modules have no result. */
const filesShown = 10
/** The slowest modules are listed if there are more than this, and if they took long enough to matter. */
const slowestShown = 5
const slowMs = 1_000
/** Characters shown of a title. */
const titleShown = 500

/** The summary of a run as lines: what failed, was flaky, did not run and why, was slow; totals. */
export function formatSummary(record: RunRecord, paint: Paint, reportDirectory?: string): string[] {
  const { modules, totals } = record
  const having = (...verdicts: ReportedVerdict[]): ModuleRecord[] =>
    modules.filter(({ verdict }) => verdicts.includes(verdict))
  return [
    '',
    ...section(paint('red', 'Failed'), having('failed').flatMap(failedLines)),
    ...section(paint('yellow', 'Flaky'), modules.flatMap(flakyLines)),
    ...section(paint('red', 'Lost'), lostLines(having('lost'))),
    ...section(paint('yellow', 'Interrupted'), byReason(having('interrupted'))),
    ...section(paint('yellow', 'Not run'), byReason(having('not-run'))),
    ...section('Slowest', slowestLines(modules)),
    ...section('Devices', formatCoverage(modules, paint)),
    `Modules  ${verdictTotals(totals.modules, paint)} (${modules.length})`,
    `Tests    ${testTotals(totals.tests, paint)}`,
    ...totalLine('Snapshots', snapshotTotals(modules)),
    ...totalLine('Files', fileTotals(modules)),
    `Time     ${formatDuration(record.durationMs)}${endNote(record)}${idealNote(record)}`,
    ...(reportDirectory === undefined ? [] : [`Report   ${reportDirectory}`]),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map(line => (line === '' ? '' : `  ${line}`)), '']
}

function failedLines(module: ModuleRecord): string[] {
  const file = plainLine(moduleName(module))
  const result = resultOf(module)
  const titles = result ? failuresOf(result).map(test => plainTitle(test.title)) : []
  const own = result?.error ? [plainLine(result.error.code ?? result.error.name)] : []
  const all = [...titles, ...own]
  return all.length === 0 ? [file] : all.map(title => `${file}: ${shorten(title, titleShown)}`)
}

/** Modules that passed on a later attempt, and tests that passed when mocha ran them again. */
function flakyLines(module: ModuleRecord): string[] {
  const file = plainLine(moduleName(module))
  const attempts = failedBefore(module).map(attempt => `attempt ${attempt.attempt ?? '?'}: ${firstFailure(attempt)}`)
  const retried = (resultOf(module)?.tests ?? []).filter(({ state, retry }) => state === 'passed' && retry > 0)
  return [
    ...(module.verdict === 'flaky' ? [file, ...attempts.map(line => `  ${line}`)] : []),
    ...retried.map(({ title, retry }) => `${file}: ${plainTitle(title)} passed on try ${retry + 1}`),
  ]
}

function firstFailure(attempt: AttemptRecord): string {
  const [test] = failuresOf(attempt)
  const message = plainLine((attempt.error ?? test?.error)?.message ?? 'failed').slice(0, 160)
  return test && !attempt.error ? `${plainTitle(test.title)}: ${message}` : message
}

/** Modules that are lost for the same reasons are listed together. */
function lostLines(modules: readonly ModuleRecord[]): string[] {
  const groups = groupBy(modules, ({ reasons }) => reasons.map(plainLine).join('\n'))
  return groups.flatMap(alike => [...shortList(alike), ...reasonsOf(alike[0]?.reasons ?? []).map(line => `  ${line}`)])
}

function reasonsOf(reasons: readonly string[]): string[] {
  return [...new Set(reasons)].map(reason => {
    const times = reasons.filter(other => other === reason).length
    return `${plainLine(reason)}${times > 1 ? ` (${times} times)` : ''}`
  })
}

/** Many modules share one reason, which is shown once. */
function byReason(modules: readonly ModuleRecord[]): string[] {
  const reasonOf = ({ reasons }: ModuleRecord): string => reasons.map(plainLine).join('; ') || 'no reason was reported'
  return groupBy(modules, reasonOf).flatMap(alike => [
    ...alike.slice(0, 1).map(module => `${reasonOf(module)}:`),
    ...shortList(alike).map(line => `  ${line}`),
  ])
}

function groupBy(modules: readonly ModuleRecord[], keyOf: (module: ModuleRecord) => string): ModuleRecord[][] {
  const groups = new Map<string, ModuleRecord[]>()
  for (const module of modules) groups.set(keyOf(module), [...(groups.get(keyOf(module)) ?? []), module])
  return [...groups.values()]
}

function shortList(modules: readonly ModuleRecord[]): string[] {
  const more = modules.length - filesShown
  const shown = modules.slice(0, filesShown).map(module => plainLine(moduleName(module)))
  return more > 0 ? [...shown, `and ${more} more`] : shown
}

function slowestLines(modules: readonly ModuleRecord[]): string[] {
  const ran = modules.filter(({ attempts }) => attempts.length > 0)
  if (ran.length <= slowestShown) return []
  const slowest = ran.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown)
  const rows = slowest.filter(({ durationMs }) => durationMs >= slowMs)
  const times = rows.map(({ durationMs }) => formatDuration(durationMs))
  const width = Math.max(0, ...times.map(time => time.length))
  return rows.map((module, index) => `${times[index]?.padStart(width)}  ${plainLine(moduleName(module))}`)
}

function verdictTotals(totals: Record<ReportedVerdict, number>, paint: Paint): string {
  const present = reportedVerdicts.filter(verdict => totals[verdict] > 0)
  if (present.length === 0) return 'none'
  return present
    .map(verdict => paint(verdictColours[verdict], `${totals[verdict]} ${verdict.replace('-', ' ')}`))
    .join(', ')
}

function testTotals({ passed, failed, pending }: RunRecord['totals']['tests'], paint: Paint): string {
  const parts = [paint('green', `${passed} passed`)]
  if (failed > 0) parts.push(paint('red', `${failed} failed`))
  if (pending > 0) parts.push(paint('yellow', `${pending} pending`))
  return parts.join(', ')
}

function totalLine(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`${title.padEnd(9)}${title.length >= 9 ? ' ' : ''}${parts.join(', ')}`]
}

function snapshotTotals(modules: readonly ModuleRecord[]): string[] {
  return snapshotStates.flatMap(state => {
    const sum = modules.reduce((total, module) => total + (resultOf(module)?.snapshots?.[state] ?? 0), 0)
    return sum === 0 ? [] : [`${sum} ${state}`]
  })
}

/** Each file once: several attempts of a module may write it. */
function fileTotals(modules: readonly ModuleRecord[]): string[] {
  const files = modules.flatMap(({ attempts }) => attempts.flatMap(attempt => attempt.files ?? []))
  const inProject = new Set(files.filter(({ place }) => place === 'project').map(({ name }) => name))
  const inReport = files.filter(({ place }) => place === 'report')
  return [
    ...(inProject.size > 0 ? [`${inProject.size} written to the project`] : []),
    ...(inReport.length > 0 ? [`${inReport.length} kept in the report only`] : []),
  ]
}

function endNote({ exitCode, interrupted }: RunRecord): string {
  if (interrupted !== undefined) return `, stopped by ${plainLine(interrupted)}`
  return exitCode === undefined ? ', until the run was killed' : ''
}

/** How close the run was to the best that its devices allow. */
function idealNote(record: RunRecord): string {
  const ideal = idealTime(record)
  if (ideal === undefined || ideal <= 0) return ''
  return `, ${(record.durationMs / ideal).toFixed(1)} times the ideal of ${formatDuration(ideal)}`
}
