import path from 'node:path'
import type { BranchPosition, ErrorRecord } from '../../event/run-event.js'
import { formatDuration, moduleName, plainLine, plainText, plainTitle, shorten } from '../plain-text.js'
import { failuresOf, resultOf, type ModuleRecord } from '../run-record.js'
import type { ArtifactRecord, AttemptRecord, TestRecord } from '../run-schema.js'
import type { FinishedRun } from './finished-run.js'
import { screenText } from './screen-text.js'
import { stepsOf, stepsOfTest, type Step } from './trace-steps.js'

/** Lines of the transcript of one module. */
const maxLines = 200
/** Failures that are described; others are only named. */
const maxFailures = 3
const maxErrorLines = 20
const maxOutputLines = 15
const maxScreens = 10
const maxFiles = 40
/** Characters of a line. */
const maxLine = 800

/** Modules that have a transcript: those whose result is a failure, or that were flaky. */
export function hasTranscript({ verdict }: ModuleRecord): boolean {
  return !['passed', 'skipped', 'not-run'].includes(verdict)
}

/**
 * What happened in a module that failed, as Markdown for people and language models: errors, where it stands, who did what in
 * which order, files. At most 200 lines.
 */
export async function formatTranscript(run: FinishedRun, module: ModuleRecord): Promise<string> {
  const attempt = attemptToShow(module)
  const failures = attempt ? failuresOf(attempt) : []
  const trace = attempt && (await run.traceOf(attempt))
  const before = [
    `# ${markdown(moduleName(module))}: ${module.verdict}`,
    '',
    ...facts(run, module, attempt),
    ...failures.slice(0, maxFailures).flatMap(failureSection),
    ...otherFailures(failures.slice(maxFailures)),
    ...(attempt?.error ? ['', '## The module as a whole failed', '', ...fenced(errorLines(attempt.error))] : []),
    ...standing(failures[0]),
  ]
  const files = filesToShow(attempt, failures)
  const after = [...(await screensSection(run, files)), ...filesSection(run, files), ...outputSection(attempt)]
  const room = maxLines - before.length - after.length - stepsFrame
  const steps = trace ? stepsToShow(stepsOf(trace), failures[0]) : []
  const lines = [...before, ...stepsSection(steps, trace?.header.dropped ?? 0, room), ...after]
  return `${lines.map(line => shorten(line, maxLine)).join('\n')}\n`
}

/** The attempt that is the result; of a flaky module, the last one that failed. */
function attemptToShow(module: ModuleRecord): AttemptRecord | undefined {
  const failed = module.attempts.findLast(({ verdict }) => verdict === 'failed' || verdict === 'infrastructure')
  return module.verdict === 'flaky' ? failed : (resultOf(module) ?? failed)
}

function facts({ record }: FinishedRun, module: ModuleRecord, attempt: AttemptRecord | undefined): string[] {
  const devices = Object.entries(attempt?.devices ?? {}).map(([role, device]) =>
    role === device ? plainLine(role) : `${plainLine(role)} on ${plainLine(device)}`,
  )
  const number = attempt?.attempt === undefined ? [] : [`attempt ${attempt.attempt} of ${module.attempts.length}`]
  const host = attempt?.host === undefined ? [] : [`host ${plainLine(attempt.host)}`]
  const took = attempt ? [formatDuration(attempt.durationMs)] : []
  return [
    `- Run ${markdown([record.run, ...number, ...host, ...took].join(', '))}`,
    ...(devices.length > 0 ? [`- Roles: ${markdown(devices.join(', '))}`] : []),
    ...module.reasons.slice(0, 5).map(reason => `- Reason: ${markdown(plainLine(reason))}`),
  ]
}

function failureSection({ kind, title, error, trail = [] }: TestRecord): string[] {
  const device = error?.device ?? trail.at(-1)?.device
  const active = device === undefined ? [] : [`Active device: ${plainLine(device)}`]
  return [
    '',
    `## Failed ${kind}: ${markdown(plainTitle(title))}`,
    '',
    ...fenced([...active, ...(error ? errorLines(error) : ['no error was recorded'])]),
  ]
}

function errorLines(error: ErrorRecord): string[] {
  const { code, name, message, hint, expected, actual, place, codeFrame } = error
  const sides = expected === undefined ? [] : [`expected: ${expected}`, `received: ${actual ?? ''}`]
  const text = [`${code ?? name}: ${message}`, ...(hint === undefined ? [] : [`HINT: ${hint}`]), ...sides]
  const lines = text.flatMap(part => plainText(part).trimEnd().split('\n'))
  const frame = codeFrame === undefined ? [] : ['', ...plainText(codeFrame).split('\n')]
  return [...firstLines(lines, maxErrorLines), ...(place === undefined ? [] : [`at ${plainLine(place)}`]), ...frame]
}

function otherFailures(failures: readonly TestRecord[]): string[] {
  if (failures.length === 0) return []
  const names = failures.slice(0, 5).map(({ title }) => `- ${markdown(plainTitle(title))}`)
  return ['', `## ${failures.length} other failures`, '', ...names, ...(failures.length > 5 ? ['- …'] : [])]
}

/** What the other branches did. */
function standing(failure: TestRecord | undefined): string[] {
  const branches: readonly BranchPosition[] = failure?.branches ?? []
  if (branches.length === 0) return []
  const lines = branches.slice(0, 20).map(({ branch, device, doing, place }) => {
    return `${plainLine(branch || 'the test')} (${plainLine(device)}): ${plainLine(doing)}${place ? ` at ${plainLine(place)}` : ''}`
  })
  return ['', '## Where the other branches were', '', ...fenced(lines)]
}

/** What led to the failure: the steps of its test, after those before. Of a module that failed as a whole: all. */
function stepsToShow(steps: readonly Step[], failure: TestRecord | undefined): readonly Step[] {
  const last = failure && stepsOfTest(steps, failure.title).at(-1)
  return last ? steps.slice(0, steps.indexOf(last) + 1) : steps
}

/** Lines of the section that are not steps. */
const stepsFrame = 7

function stepsSection(steps: readonly Step[], dropped: number, room: number): string[] {
  const shown = steps.slice(-Math.max(1, room))
  const [first] = shown
  if (!first) return ['', '## Steps', '', 'There is no trace: run with --trace retain-on-failure.']
  const missing = dropped + steps.length - shown.length
  const width = Math.min(20, Math.max(...shown.map(({ role }) => plainLine(role).length)))
  const lines = shown.map(step => stepLine(step, first.start, width))
  const note = missing > 0 ? [`${missing} earlier entries are left out.`, ''] : []
  return ['', '## Steps', '', ...note, ...fenced(lines)]
}

function stepLine(step: Step, origin: number, width: number): string {
  const { kind, role, start, end, text, error, place } = step
  const at = `+${((start - origin) / 1_000).toFixed(2)} s`.padStart(10)
  if (kind === 'test') return `${at}  --- ${plainLine(text)}`
  const took = end === undefined ? ' [not ended]' : end - start >= 1_000 ? ` [took ${formatDuration(end - start)}]` : ''
  const failed = error === undefined ? '' : ` FAILED: ${plainLine(error)}`
  const where = place === undefined ? '' : `  (${plainLine(place)})`
  return `${at}  ${plainLine(role).padEnd(width)}  ${shorten(plainLine(text), 200)}${took}${failed}${where}`
}

function filesToShow(attempt: AttemptRecord | undefined, failures: readonly TestRecord[]): ArtifactRecord[] {
  const ofTests = failures.slice(0, maxFailures).flatMap(({ artifacts = [] }) => artifacts)
  return [...ofTests, ...(attempt?.artifacts ?? [])]
}

/** What each screen said at the first failure. */
async function screensSection(run: FinishedRun, files: readonly ArtifactRecord[]): Promise<string[]> {
  const sources = new Map<string, ArtifactRecord>()
  for (const file of files) if (file.kind === 'source' && !sources.has(file.role)) sources.set(file.role, file)
  const lines = await Promise.all(
    [...sources.values()].slice(0, maxScreens).map(async file => {
      const source = await run.read(file)
      return source === undefined ? [] : `${plainLine(file.role)}: ${plainLine(screenText(source))}`
    }),
  )
  return sources.size === 0 ? [] : ['', '## What the screens said', '', ...fenced(lines.flat())]
}

function filesSection({ directory }: FinishedRun, files: readonly ArtifactRecord[]): string[] {
  if (files.length === 0) return []
  return ['', '## Files', '', ...fenced(files.slice(0, maxFiles).map(file => fileLine(file, directory)))]
}

function fileLine({ kind, role, path: file, summary }: ArtifactRecord, directory: string): string {
  const whose = kind === 'trace' ? 'trace' : `${plainLine(role)}, ${kind}`
  return `${whose}: ${plainLine(path.join(directory, file))}${summary === undefined ? '' : ` (${plainLine(summary)})`}`
}

function outputSection(attempt: AttemptRecord | undefined): string[] {
  const lines = (attempt?.logs ?? []).flatMap(({ text }) => plainText(text).trimEnd().split('\n'))
  return lines.length === 0 ? [] : ['', '## Console', '', ...fenced(lines.slice(-maxOutputLines))]
}

function firstLines(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines]
  return [...lines.slice(0, most), `… ${lines.length - most} more lines are in run.json`]
}

/** A block whose content can't end it. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap(line => [...line.matchAll(/`+/g)].map(([run]) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, ...lines, fence]
}

/** Text of a test or an app as Markdown that means nothing else. */
function markdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|!&~]/g, character => `\\${character}`)
}
