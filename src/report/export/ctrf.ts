import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { ErrorRecord } from '../../event/run-event.js'
import { artifactLabel, moduleName, plainText, plainTitle } from '../plain-text.js'
import { resultOf, type ModuleRecord } from '../run-record.js'
import type { ArtifactRecord, AttemptRecord, TestRecord } from '../run-schema.js'
import { contentTypeOf } from './content-type.js'
import type { FinishedRun } from './finished-run.js'
import { stepsOf, stepsOfTest } from './trace-steps.js'

/** https://ctrf.io: the version of the specification that the reports follow. */
const specVersion = '0.0.0'

type CtrfStatus = 'passed' | 'failed' | 'skipped' | 'pending' | 'other'

interface CtrfTest {
  name: string
  status: CtrfStatus
  duration: number
  suite: [string, ...string[]]
  filePath: string
  rawStatus: string
  [field: string]: unknown
}

/** Steps of a failed test that are listed; the trace has all of them. */
const maxSteps = 200

/** The run in the Common Test Report Format: a test for each test and failed hook, and for each module without one. */
export async function formatCtrf(run: FinishedRun): Promise<string> {
  const { record } = run
  const tests = (await Promise.all(record.modules.map(async module => testsOf(run, module)))).flat()
  const having = (status: CtrfStatus): number => tests.filter(test => test.status === status).length
  const start = Math.round(record.startedAt)
  const report = {
    reportFormat: 'CTRF',
    specVersion,
    reportId: randomUUID(),
    runId: record.run,
    timestamp: new Date(start + record.durationMs).toISOString(),
    generatedBy: 'baton',
    results: {
      tool: { name: 'baton' },
      summary: {
        tests: tests.length,
        passed: having('passed'),
        failed: having('failed'),
        skipped: having('skipped'),
        pending: 0,
        other: having('other'),
        flaky: tests.filter(test => test['flaky'] === true).length,
        suites: record.modules.length,
        start,
        stop: start + Math.round(record.durationMs),
        duration: Math.round(record.durationMs),
      },
      tests,
    },
  }
  return `${JSON.stringify(report, undefined, 2)}\n`
}

async function testsOf(run: FinishedRun, module: ModuleRecord): Promise<CtrfTest[]> {
  const result = resultOf(module)
  const ends = (result?.tests ?? []).filter(
    test => !test.willRetry && (test.kind === 'test' || test.state === 'failed'),
  )
  const steps = result ? await failedSteps(run, result) : () => []
  const tests = ends.map(test => ({
    ...testOf(module, test, run.directory),
    ...(test.state === 'failed' && { steps: steps(test.title) }),
    ...retriesOf(module, test),
  }))
  const whole = wholeModule(module, result, run.directory, tests.length)
  return whole ? [...tests, whole] : tests
}

function testOf(module: ModuleRecord, test: TestRecord, directory: string): CtrfTest {
  const titles = test.title.map(title => plainTitle([title]))
  return {
    ...common(module),
    name: titles.at(-1) || '(no title)',
    status: test.state === 'pending' ? 'skipped' : test.state,
    duration: Math.max(0, Math.round(test.durationMs)),
    suite: [moduleName(module), ...titles.slice(0, -1)],
    rawStatus: test.state,
    ...errorFields(test.error),
    ...attachmentFields(test.artifacts, directory),
  }
}

/** A test for a module that failed as a whole, was lost or did not run. */
function wholeModule(
  module: ModuleRecord,
  result: AttemptRecord | undefined,
  directory: string,
  tests: number,
): CtrfTest | undefined {
  const { verdict, reasons, durationMs } = module
  const error = result?.error
  if (!error && (tests > 0 || verdict === 'skipped' || verdict === 'passed')) return undefined
  const status = verdict === 'not-run' || verdict === 'skipped' ? 'skipped' : verdict === 'failed' ? 'failed' : 'other'
  return {
    ...common(module),
    name: '(module)',
    status,
    duration: Math.max(0, Math.round(durationMs)),
    suite: [moduleName(module)],
    rawStatus: verdict,
    ...(error ? errorFields(error) : { message: reasons.join('; ') || verdict }),
    ...attachmentFields(result?.artifacts, directory),
  }
}

function common(module: ModuleRecord) {
  const { file, devices } = module
  const names = [...new Set(Object.values(devices))]
  return { filePath: file, type: 'e2e', ...(names.length > 0 && { labels: { device: names } }), extra: { devices } }
}

/** Earlier failures: in earlier attempts of the module, and tries of the test itself. */
function retriesOf(module: ModuleRecord, test: TestRecord): Record<string, unknown> {
  const title = plainTitle(test.title)
  const earlier = module.attempts
    .flatMap(({ tests }) => tests)
    .filter(other => other !== test && other.state === 'failed' && plainTitle(other.title) === title)
  if (earlier.length === 0) return {}
  const retryAttempts = earlier.map(({ error, durationMs }, index) => ({
    attempt: index + 1,
    status: 'failed',
    duration: Math.max(0, Math.round(durationMs)),
    ...errorFields(error),
  }))
  return { retries: earlier.length, flaky: test.state === 'passed', retryAttempts }
}

function errorFields(error: ErrorRecord | undefined): Record<string, unknown> {
  if (!error) return {}
  const { name, code, message, hint, stack, codeFrame, place } = error
  const line = /:(\d+):\d+$/.exec(place ?? '')?.[1]
  return {
    message: plainText([`${code ?? name}: ${message}`, hint && `HINT: ${hint}`].filter(Boolean).join('\n')),
    ...(stack !== undefined && { trace: plainText(stack) }),
    ...(codeFrame !== undefined && { snippet: plainText(codeFrame) }),
    ...(line !== undefined && { line: Number(line) }),
  }
}

function attachmentFields(artifacts: readonly ArtifactRecord[] = [], directory: string): Record<string, unknown> {
  if (artifacts.length === 0) return {}
  const attachments = artifacts.map(artifact => ({
    name: artifactLabel(artifact),
    contentType: contentTypeOf(artifact.path),
    path: path.join(directory, artifact.path),
  }))
  return { attachments }
}

async function failedSteps(run: FinishedRun, result: AttemptRecord) {
  const trace = await run.traceOf(result)
  const steps = trace ? stepsOf(trace) : []
  return (title: readonly string[]): { name: string; status: CtrfStatus }[] =>
    stepsOfTest(steps, title)
      .slice(-maxSteps)
      .map(({ role, text, error, end }) => ({
        name: plainText(`${role}: ${text}${error === undefined ? '' : `: ${error}`}`),
        status: error !== undefined ? 'failed' : end === undefined ? 'other' : 'passed',
      }))
}
