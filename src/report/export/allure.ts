import { createHash } from 'node:crypto'
import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { ErrorRecord } from '../../event/run-event.js'
import { artifactLabel, moduleName, plainText } from '../plain-text.js'
import { resultOf, type ModuleRecord } from '../run-record.js'
import type { ArtifactRecord, AttemptRecord, TestRecord } from '../run-schema.js'
import { replaceFile } from '../write-reports.js'
import { contentTypeOf } from './content-type.js'
import type { FinishedRun } from './finished-run.js'
import { stepsOf, stepsOfTest, type Step } from './trace-steps.js'

/** Steps of a test that are listed; the trace has all of them. */
const maxSteps = 500

type AllureStatus = 'passed' | 'failed' | 'broken' | 'skipped'

interface AllureAttachment {
  name: string
  source: string
  type: string
}

/** A file `<uuid>-result.json`, as Allure 2 and 3 read it. */
interface AllureResult {
  uuid: string
  historyId: string
  testCaseId: string
  fullName: string
  name: string
  stage: 'finished'
  status: AllureStatus
  start: number
  stop: number
  labels: { name: string; value: string }[]
  [field: string]: unknown
}

/**
 * Writes the results of a run for Allure: a file for each test and failed hook of each attempt, and copies of their files.
 * Attempts of one test have the same history, so Allure shows the earlier ones as retries.
 * @param mode - of the files
 */
export async function writeAllure(run: FinishedRun, folder: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const module of run.record.modules) {
    for (const { result, files } of await resultsOf(run, module)) {
      const attachments = await Promise.all(files.map(async file => attach(run, file, folder)))
      const content = { ...result, attachments: attachments.filter(file => file !== undefined) }
      await replaceFile(path.join(folder, `${result.uuid}-result.json`), `${JSON.stringify(content)}\n`, mode)
    }
  }
}

interface Written {
  result: AllureResult
  files: readonly ArtifactRecord[]
}

async function resultsOf(run: FinishedRun, module: ModuleRecord): Promise<Written[]> {
  const written: Written[] = []
  for (const attempt of module.attempts) {
    const trace = await run.traceOf(attempt)
    const steps = trace ? stepsOf(trace) : []
    const ends = attempt.tests.filter(({ kind, state }) => kind === 'test' || state === 'failed')
    for (const [index, test] of ends.entries()) {
      const own = stepsOfTest(steps, test.title).slice(-maxSteps)
      const result = { ...testResult(run, module, { attempt, test, index }), steps: own.map(stepResult) }
      // Allure shows files with tests only.
      const ofAttempt = test.state === 'failed' ? attempt.artifacts : []
      written.push({ result, files: [...(test.artifacts ?? []), ...ofAttempt] })
    }
  }
  const whole = wholeModule(run, module)
  return whole ? [...written, whole] : written
}

/** One end of a test. */
interface TestEnd {
  attempt: AttemptRecord
  test: TestRecord
  index: number
}

function testResult({ record }: FinishedRun, module: ModuleRecord, { attempt, test, index }: TestEnd): AllureResult {
  const titles = test.title.map(title => plainText(title))
  const start = Math.round(test.startedAt ?? attempt.startedAt)
  const isFlaky = test.state === 'passed' && (test.retry > 0 || module.verdict === 'flaky')
  const status = test.state === 'pending' ? 'skipped' : test.state === 'passed' ? 'passed' : statusOf(test.error)
  return {
    ...identity(module, titles, [record.run, attempt.lease, String(index)]),
    ...common(module, attempt, titles),
    status,
    statusDetails: { ...errorDetails(test.error), flaky: isFlaky },
    start,
    stop: start + Math.round(test.durationMs),
  }
}

/** A result for a module that failed as a whole, was lost or did not run. */
function wholeModule({ record }: FinishedRun, module: ModuleRecord): Written | undefined {
  const { verdict, reasons } = module
  const attempt = resultOf(module)
  if (!attempt?.error && !['lost', 'interrupted', 'not-run'].includes(verdict)) return undefined
  const start = Math.round(attempt?.startedAt ?? record.startedAt)
  const titles = ['(module)']
  const message = plainText(reasons.join('; ') || verdict)
  const result: AllureResult = {
    ...identity(module, titles, [record.run, attempt?.lease ?? module.id]),
    ...common(module, attempt, titles),
    status: verdict === 'not-run' ? 'skipped' : statusOf(attempt?.error),
    statusDetails: attempt?.error ? errorDetails(attempt.error) : { message },
    start,
    stop: start + Math.round(attempt?.durationMs ?? 0),
  }
  return { result, files: attempt?.artifacts ?? [] }
}

function identity(module: ModuleRecord, titles: readonly string[], unique: readonly string[]) {
  const name = moduleName(module)
  return {
    // The same for the same end of a test, so that writing the results again adds nothing.
    uuid: uuidOf([...unique, name, ...titles]),
    historyId: hashOf([name, ...titles]),
    testCaseId: hashOf([module.file, ...titles]),
    fullName: `${module.file}: ${titles.join(' › ')}`,
    name: titles.at(-1) || '(no title)',
    stage: 'finished' as const,
  }
}

/** Labels and parameters. Allure's timeline has a lane for each thread. */
function common(module: ModuleRecord, attempt: AttemptRecord | undefined, titles: readonly string[]) {
  const devices = Object.entries(attempt?.devices ?? {})
  const names = [...new Set(devices.map(([, device]) => device))]
  const suites = titles.slice(0, -1)
  const label = (name: string, value: string | undefined) => (value === undefined ? [] : [{ name, value }])
  const labels = [
    ...label('framework', 'baton'),
    ...label('language', 'javascript'),
    ...label('host', attempt?.host),
    ...label('thread', names.length > 0 ? names.join(', ') : undefined),
    ...names.flatMap(name => label('device', name)),
    ...label('parentSuite', moduleName(module)),
    ...label('suite', suites[0]),
    ...label('subSuite', suites.length > 1 ? suites.slice(1).join(' › ') : undefined),
  ]
  // Not part of the history: a test may get another device each time.
  const parameters = devices.map(([role, device]) => ({ name: role, value: device, excluded: true }))
  return { labels, parameters }
}

function statusOf(error: ErrorRecord | undefined): AllureStatus {
  const isAssertion =
    error && (error.expected !== undefined || /assert/i.test(error.name) || /^expect\b/i.test(error.message))
  return isAssertion ? 'failed' : 'broken'
}

function errorDetails(error: ErrorRecord | undefined): Record<string, unknown> {
  if (!error) return {}
  const { code, name, message, hint, stack, codeFrame, place, expected, actual } = error
  const text = [`${code ?? name}: ${message}`, hint && `HINT: ${hint}`].filter(Boolean).join('\n')
  const trace = [place && `at ${place}`, codeFrame, stack].filter(Boolean).join('\n\n')
  return { message: plainText(text), trace: plainText(trace), ...(expected !== undefined && { expected, actual }) }
}

function stepResult({ role, text, error, start, end }: Step): Record<string, unknown> {
  const stop = Math.round(end ?? start)
  return {
    name: plainText(`${role}: ${text}`),
    status: error !== undefined ? 'failed' : end === undefined ? 'broken' : 'passed',
    ...(error !== undefined && { statusDetails: { message: plainText(error) } }),
    stage: 'finished',
    start: Math.round(start),
    stop,
    steps: [],
    attachments: [],
    parameters: [],
  }
}

/** @returns undefined if the file is missing */
async function attach(run: FinishedRun, file: ArtifactRecord, folder: string): Promise<AllureAttachment | undefined> {
  const source = `${uuidOf([run.record.run, file.path])}-attachment${path.extname(file.path)}`
  try {
    await copyFile(path.join(run.directory, file.path), path.join(folder, source))
  } catch {
    return undefined
  }
  return { name: artifactLabel(file), source, type: contentTypeOf(file.path) }
}

function hashOf(parts: readonly string[]): string {
  return createHash('md5').update(parts.join('\n')).digest('hex')
}

function uuidOf(parts: readonly string[]): string {
  return hashOf(parts).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5')
}
