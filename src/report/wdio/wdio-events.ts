import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ErrorRecord } from '../../event/run-event.js'
import type { Trace, TraceCommand } from '../../event/trace.js'
import { moduleName, plainText, roleOnDevice } from '../plain-text.js'
import { resultOf, type ModuleRecord } from '../run-record.js'
import type { AttemptRecord, TestRecord } from '../run-schema.js'

/** An event as WebdriverIO sends it to reporters. */
export interface WdioEvent {
  name: string
  /** Milliseconds since the epoch: reporters measure durations themselves. */
  at: number
  payload: Record<string, unknown>
}

/** What one instance of a reporter gets: WebdriverIO makes one for each try of a file. */
export interface WdioRunner {
  /** WebdriverIO's id of the worker; tries of a module have the same one. */
  cid: string
  events: WdioEvent[]
}

/** A module as WebdriverIO's events need it. */
interface Spec {
  cid: string
  name: string
  file: string
  attempt: AttemptRecord
  module: ModuleRecord
  trace: Trace | undefined
}

/**
 * The attempts of a module as WebdriverIO's reporters see them. A module that never started is one without tests.
 * @param run - its start, and the index of the module in it
 * @param traces - of its attempts, in order
 */
export function wdioRunners(
  module: ModuleRecord,
  { index, startedAt }: { index: number; startedAt: number },
  traces: readonly (Trace | undefined)[],
): WdioRunner[] {
  const none = { lease: '', devices: {}, startedAt, durationMs: 0, logs: [], logsLeftOut: 0, artifacts: [] }
  const attempts = module.attempts.length > 0 ? module.attempts : [{ ...none, counts: module.counts, tests: [] }]
  return attempts.map((attempt, number) => {
    const spec: Spec = {
      cid: `0-${index}`,
      name: moduleName(module),
      file: path.resolve(module.file),
      attempt,
      module,
      trace: traces[number],
    }
    return { cid: spec.cid, events: runnerEvents(spec, number) }
  })
}

function runnerEvents(spec: Spec, retry: number): WdioEvent[] {
  const { cid, attempt } = spec
  const { startedAt: start, durationMs } = attempt
  const end = start + durationMs
  const inside = new SuiteEvents(spec)
  for (const test of attempt.tests) inside.add(test)
  const whole = wholeModule(spec)
  if (whole) inside.add(whole)
  inside.close(0)
  const failures = inside.failures
  return [
    { name: 'runner:start', at: start, payload: { ...runnerOf(spec), retry } },
    ...inside.events,
    { name: 'runner:end', at: Math.max(end, inside.last), payload: { cid, failures, retries: retry } },
  ]
}

/** All devices are named where reporters look for one: none of them knows several. */
function runnerOf({ cid, file, attempt }: Spec): Record<string, unknown> {
  const devices = Object.entries(attempt.devices).map(([role, device]) => roleOnDevice(role, device))
  const name = devices.join(', ') || 'no device'
  const capabilities = { browserName: name, deviceName: name, 'baton:devices': attempt.devices }
  return {
    cid,
    specs: [pathToFileURL(file).href],
    capabilities,
    sessionId: attempt.lease,
    isMultiremote: false,
    instanceOptions: { [attempt.lease]: {} },
    config: { framework: 'mocha', mochaOpts: {}, reporters: [], capabilities, rootDir: process.cwd() },
  }
}

/** Why a module has no result of its own, as a test: reporters count tests only. */
function wholeModule({ attempt, module }: Spec): TestRecord | undefined {
  const { verdict, reasons } = module
  const base = { kind: 'test' as const, title: ['(module)'], durationMs: 0, retry: 0 }
  const startedAt = attempt.startedAt + attempt.durationMs
  if (attempt.error) return { ...base, startedAt, state: 'failed', error: attempt.error }
  const isResult = module.attempts.length === 0 || resultOf(module)?.lease === attempt.lease
  if (!isResult || ['passed', 'failed', 'flaky', 'skipped'].includes(verdict)) return undefined
  const state = verdict === 'not-run' ? 'pending' : 'failed'
  const error = { name: 'Error', message: [verdict, ...reasons].join(': ') }
  return { ...base, startedAt, state, ...(state === 'failed' && { error }) }
}

/** Tests and hooks between the starts and ends of their suites. */
class SuiteEvents {
  readonly events: WdioEvent[] = []
  failures = 0
  last: number
  readonly #open: { title: string; uid: string; start: number }[] = []
  #count = 0

  constructor(private readonly spec: Spec) {
    this.last = spec.attempt.startedAt
  }

  add(test: TestRecord): void {
    // Reporters leave out what is in no suite.
    const suites = test.title.length > 1 ? test.title.slice(0, -1) : [this.spec.name]
    let same = 0
    while (same < suites.length && this.#open[same]?.title === suites[same]) same++
    this.close(same)
    const start = test.startedAt ?? this.last
    for (const title of suites.slice(same)) this.#start(title, start)
    this.#addTest(test, start)
  }

  /** Ends suites until only `depth` are open. */
  close(depth: number): void {
    while (this.#open.length > depth) {
      const suite = this.#open.at(-1)
      if (suite) this.#emit('suite:end', this.last, { ...this.#suite(suite), duration: this.last - suite.start })
      this.#open.pop()
    }
  }

  #start(title: string, start: number): void {
    const suite = { title: plainText(title), uid: `suite-${this.#count++}`, start }
    this.#open.push(suite)
    this.#emit('suite:start', start, this.#suite(suite))
  }

  #addTest(test: TestRecord, start: number): void {
    const end = start + test.durationMs
    const payload = this.#payload(test)
    if (test.kind === 'hook') {
      this.#emit('hook:start', start, payload)
      this.#emit('hook:end', end, payload)
    } else if (test.state === 'pending') {
      this.#emit('test:pending', start, payload)
      this.#emit('test:end', end, payload)
    } else {
      this.#emit('test:start', start, payload)
      for (const command of commandsBetween(this.spec, start, end))
        this.#emit(command.name, command.at, command.payload)
      const outcome = test.state === 'passed' ? 'test:pass' : test.willRetry ? 'test:retry' : 'test:fail'
      this.#emit(outcome, end, payload)
      // A retry is not an end: it would reset the count.
      if (!test.willRetry) this.#emit('test:end', end, payload)
    }
    if (test.state === 'failed' && !test.willRetry) this.failures += 1
    this.last = Math.max(this.last, end)
  }

  #payload({ kind, title, state, durationMs, retry, error }: TestRecord): Record<string, unknown> {
    const written = error && errorOf(error)
    const titles = title.map(plainText)
    return {
      type: kind,
      title: titles.at(-1) || '(no title)',
      parent: this.#open.at(-1)?.title,
      fullTitle: titles.join(' '),
      uid: `${kind}-${this.#count++}`,
      pending: state === 'pending',
      duration: durationMs,
      currentRetry: retry,
      ...(written && { error: written, errors: [written] }),
    }
  }

  #suite({ title, uid }: { title: string; uid: string }): Record<string, unknown> {
    const above = this.#open.slice(0, -1)
    const fullTitle = [...above.map(({ title }) => title), title].join(' ')
    return { type: 'suite', title, uid, fullTitle, ...(above.length > 0 && { parent: above.at(-1)?.title }) }
  }

  #emit(name: string, at: number, payload: Record<string, unknown>): void {
    const { cid, file } = this.spec
    this.events.push({ name, at, payload: { ...payload, cid, file, specs: [pathToFileURL(file).href] } })
  }
}

function errorOf({ name, code, message, hint, stack, expected, actual }: ErrorRecord): Record<string, unknown> {
  const text = plainText([message, hint && `HINT: ${hint}`].filter(Boolean).join('\n'))
  return {
    name,
    type: code ?? name,
    message: text,
    stack: plainText(stack ?? `${code ?? name}: ${text}`),
    ...(expected !== undefined && { expected, actual: actual ?? '' }),
  }
}

function commandsBetween({ trace, attempt }: Spec, start: number, end: number): WdioEvent[] {
  const commands = (trace?.entries ?? []).filter(entry => entry.type === 'command')
  return commands
    .filter(command => command.start >= start && command.start <= end)
    .flatMap(command => commandEvents(command, attempt))
    .toSorted((one, other) => one.at - other.at)
}

function commandEvents(entry: TraceCommand, { devices }: AttemptRecord): WdioEvent[] {
  const { role, command, called, selector, args = [], result, error, start, end = start } = entry
  const device = devices[role] ?? role
  const params = { device: roleOnDevice(role, device), called, selector, args }
  const base = { command: `${command} [${role}]`, sessionId: device, params, body: params }
  const value = error === undefined ? (result ?? null) : { error }
  return [
    { name: 'client:beforeCommand', at: start, payload: base },
    { name: 'client:afterCommand', at: end, payload: { ...base, result: { value } } },
  ]
}
