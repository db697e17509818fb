import { join } from 'node:path'
import { moduleName, plainText, plainTitle } from './plain-text.js'
import { failedBefore, failuresOf, resultOf, type ModuleRecord, type RunRecord } from './run-record.js'
import type { ArtifactRecord, AttemptRecord, TestRecord } from './run-schema.js'
import type { ErrorRecord } from '../event/run-event.js'
import { formatXml, type XmlElement } from './xml.js'

/** The testcase that stands for a module as a whole. */
const moduleCase = '(module)'

/**
 * The run for CI servers: a `testsuite` for each module, a `testcase` for each test. It uses only what both of Jenkins'
 * schemas allow, that of its JUnit reader (junit-4.xsd) and that of its xUnit plugin (junit-10.xsd).
 * @param directory - of the report, as the CI server finds it; paths of files start with it
 */
export function formatJunit(record: RunRecord, directory: string): string {
  const suites = record.modules.map(module => suite(module, directory))
  const sum = (key: string): number => suites.reduce((total, each) => total + Number(each.attributes?.[key] ?? 0), 0)
  return formatXml({
    name: 'testsuites',
    attributes: {
      name: `baton ${record.run}`,
      tests: sum('tests'),
      failures: sum('failures'),
      errors: sum('errors'),
      time: seconds(record.durationMs),
    },
    children: suites,
  })
}

function suite(module: ModuleRecord, directory: string): XmlElement {
  const result = resultOf(module)
  const cases = [...(result ? testCases(module, result, directory) : []), ...moduleCases(module, result, directory)]
  const having = (name: string): number =>
    cases.filter(({ children = [] }) => children.some(child => typeof child !== 'string' && child.name === name)).length
  return {
    name: 'testsuite',
    attributes: {
      name: moduleName(module),
      tests: cases.length,
      failures: having('failure'),
      errors: having('error'),
      skipped: having('skipped'),
      time: seconds(module.durationMs),
      timestamp: result && new Date(result.startedAt).toISOString(),
      hostname: result?.host,
    },
    children: [properties(module), ...cases, ...output(result, directory)],
  }
}

function properties({ verdict, countedAttempts, devices, suite, device }: ModuleRecord): XmlElement {
  const roles = Object.entries(devices).map(([role, device]) => [`role.${role}`, device] as const)
  const own = Object.entries({ ...(suite !== undefined && { suite }), ...(device !== undefined && { device }) })
  const all = [['verdict', verdict] as const, ['attempts', String(countedAttempts)] as const, ...own, ...roles]
  const children = all.map(([name, value]) => ({ name: 'property', attributes: { name, value } }))
  return { name: 'properties', children }
}

/** Tests, and hooks that failed: a hook that passed is not a test. */
function testCases(module: ModuleRecord, result: AttemptRecord, directory: string): XmlElement[] {
  const ends = result.tests.filter(test => !test.willRetry && (test.kind === 'test' || test.state === 'failed'))
  const flakes = [...failedBefore(module).flatMap(({ tests }) => tests), ...result.tests.filter(test => test.willRetry)]
  return ends.map(test => {
    const title = plainTitle(test.title)
    const earlier = flakes.filter(flake => flake.state === 'failed' && plainTitle(flake.title) === title)
    return testCase(module, title, test.durationMs, [
      ...outcomeOf(test),
      ...(test.state === 'passed' ? earlier.map(flake => systemOut(`flaky, failed before:\n${detailsOf(flake)}`)) : []),
      ...attachments(test.artifacts, directory),
    ])
  })
}

function outcomeOf(test: TestRecord): XmlElement[] {
  if (test.state === 'pending') return [{ name: 'skipped' }]
  return test.state === 'failed' ? [failureElement('failure', test)] : []
}

/** A case for the module as a whole, if it failed as such, was lost, interrupted or not run. */
function moduleCases(module: ModuleRecord, result: AttemptRecord | undefined, directory: string): XmlElement[] {
  const { verdict, reasons, durationMs } = module
  const message = reasons.join('; ') || verdict
  if (verdict === 'not-run') {
    return [testCase(module, moduleCase, 0, [{ name: 'skipped', children: [message] }])]
  }
  if (result?.error) {
    const { error, artifacts } = result
    const children = [failureElement('error', { error, artifacts }), ...attachments(artifacts, directory)]
    return [testCase(module, moduleCase, durationMs, children)]
  }
  // A failure without known details must not look like success.
  const unexplained = verdict === 'failed' && !(result && failuresOf(result).length > 0)
  if (verdict === 'lost' || verdict === 'interrupted' || unexplained) {
    return [testCase(module, moduleCase, durationMs, [{ name: 'error', attributes: { type: verdict, message } }])]
  }
  return []
}

function testCase(module: ModuleRecord, name: string, durationMs: number, children: XmlElement[]): XmlElement {
  return { name: 'testcase', attributes: { classname: moduleName(module), name, time: seconds(durationMs) }, children }
}

type FailureDetails = { [key in 'error' | 'trail' | 'branches' | 'artifacts']?: TestRecord[key] | undefined }

function failureElement(name: string, failed: FailureDetails): XmlElement {
  const { error } = failed
  return {
    name,
    attributes: { type: error?.code ?? error?.name ?? 'Error', message: error?.message ?? 'failed' },
    children: [detailsOf(failed)],
  }
}

function detailsOf({ error, trail = [], branches = [], artifacts = [] }: FailureDetails): string {
  const summaries = artifacts.flatMap(({ summary, device }) => (summary === undefined ? [] : `${device}: ${summary}`))
  const others = branches.map(
    ({ branch, doing, place }) => `branch: ${branch || 'the test'} ${doing}${place ? ` at ${place}` : ''}`,
  )
  const passes = trail.map(({ role, device, place }) => `baton: ${role} → ${device}${place ? ` at ${place}` : ''}`)
  return [error && describe(error), summaries.join('\n'), others.join('\n'), passes.join('\n')]
    .filter(part => part)
    .map(part => withoutAttachments(part || ''))
    .join('\n\n')
}

/** As Jenkins' attachments plugin and GitLab read them: each path on a line of its own. */
function attachments(artifacts: readonly ArtifactRecord[] = [], directory: string): XmlElement[] {
  if (artifacts.length === 0) return []
  return [systemOut(artifacts.map(artifact => attachment(artifact, directory)).join('\n'))]
}

function attachment({ path }: ArtifactRecord, directory: string): string {
  // Part of the path is the name of a test file.
  const name = withoutAttachments(join(directory, path))
    .replaceAll('\n', String.raw`\x0a`)
    .replaceAll(']]', ']\\x5d')
  return `[[ATTACHMENT|${name}]]`
}

/** Text of a test: only Baton itself attaches files, or a test could attach any file of the CI server. */
function withoutAttachments(text: string): string {
  return plainText(text).replaceAll(/(\[\[ATTACHMENT)\|/gi, String.raw`$1\x7c`)
}

function systemOut(text: string): XmlElement {
  return { name: 'system-out', children: [text] }
}

function describe(error: ErrorRecord): string {
  const sides = error.expected !== undefined && [`expected: ${error.expected}`, `received: ${error.actual ?? ''}`]
  const device = error.device !== undefined && `active device: ${error.device}`
  const hint = error.hint !== undefined && `HINT: ${error.hint}`
  return [`${error.name}: ${error.message}`, hint, device, ...(sides || []), error.codeFrame, error.stack]
    .filter(Boolean)
    .join('\n')
}

/** What the module printed, and videos and traces, which belong to no test, and to the module's own case only if it has one. */
function output(result: AttemptRecord | undefined, directory: string): XmlElement[] {
  const recordings = new Set(['video', 'trace'])
  const recorded = result && !result.error ? result.artifacts.filter(({ kind }) => recordings.has(kind)) : []
  return (['stdout', 'stderr'] as const).flatMap(stream => {
    const printed = (result?.logs ?? []).filter(log => log.stream === stream).map(log => withoutAttachments(log.text))
    const text = [...printed, ...(stream === 'stdout' ? recorded.map(file => attachment(file, directory)) : [])]
    return text.length === 0
      ? []
      : [{ name: stream === 'stdout' ? 'system-out' : 'system-err', children: [text.join('\n')] }]
  })
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3)
