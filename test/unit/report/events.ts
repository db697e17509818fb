import { createConsoleReporter, type ConsoleOptions } from '../../../src/report/console-reporter.js'
import type { BranchEnd, WaitKind, ErrorRecord, RunEvent, RunEventBody } from '../../../src/event/run-event.js'
import { noTests, type AttemptVerdict, type ModuleVerdict } from '../../../src/event/verdicts.js'
import type { Reporter } from '../../../src/report/reporter.js'
import { toRunRecord, type RunRecord } from '../../../src/report/run-record.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'

export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Writes down a run's events, 100 ms apart. */
export class Story {
  readonly events: RunEvent[] = []
  #at = startedAt

  add(body: RunEventBody, tookMs = 100): this {
    this.events.push({ ...body, at: this.#at })
    this.#at += tookMs
    return this
  }

  start(...ids: string[]): this {
    const modules = ids.map(id => ({ id, file: `test/${id}.ts`, firstRole: 'alice', roles: { alice: 'name=alice' } }))
    return this.add({ type: 'run:start', version: 1, run: 'r1', modules, options: {} })
  }

  attempt(module: string, attempt = 1, devices: Record<string, string> = { alice: 'alice' }): Attempt {
    const ref = { module, lease: `${module}-${attempt}` }
    this.add({ type: 'attempt:start', attempt, host: 'lab', devices, ...ref })
    return new Attempt(this, ref, attempt)
  }

  end(
    module: string,
    verdict: ModuleVerdict,
    details: { attempts?: number; lease?: string; reasons?: string[]; corrected?: true } = {},
  ): this {
    return this.add({ type: 'module:end', module, verdict, attempts: 1, ...details })
  }

  record(): RunRecord {
    return recordOfEvents(this.events)
  }

  /** Tells all of it to a reporter, as a run does, up to the end of the run. */
  tell(reporter: Reporter): void {
    this.tellEvents(reporter)
    reporter.end(this.record())
  }

  /** Tells what has happened so far. */
  tellEvents(reporter: Reporter): void {
    const state = newRunState()
    for (const event of this.events) {
      reporter.event(event, state, applyEvent(state, event))
    }
  }
}

type BranchEvent =
  | { type: 'branch:start' }
  | { type: 'branch:end'; state: BranchEnd }
  | { type: 'branch:wait' | 'branch:resume'; on: WaitKind; name: string }
  | { type: 'barrier:arrive'; name: string; missing: string[] }
  | { type: 'signal'; name: string }

export class Attempt {
  readonly #counts = noTests()

  constructor(
    private readonly story: Story,
    readonly ref: { module: string; lease: string },
    private readonly attempt: number,
  ) {}

  test(title: string, result: Partial<Extract<RunEventBody, { type: 'test:end' }>> = {}): this {
    const whole = ['chat', title]
    const { kind = 'test', retry = 0, state = 'passed', willRetry } = result
    this.story.add({ type: 'test:start', kind, title: whole, retry, ...this.ref })
    this.story.add({ type: 'test:end', durationMs: 40, kind, title: whole, state, retry, ...result, ...this.ref })
    if (!willRetry && (kind === 'test' || state === 'failed')) this.#counts[state] += 1
    return this
  }

  /** What shows a device when a test, or without a title the module as a whole, has failed. */
  artifact(device: string, title?: string): this {
    const name = `${device}-screenshot.png`
    const event = {
      type: 'artifact' as const,
      attempt: this.attempt,
      role: device,
      device,
      kind: 'screenshot' as const,
      name: 'screenshot.png',
      bytes: 1_000,
      path: `artifacts/${this.ref.module}/${this.attempt}/${title ?? 'module'}/${name}`,
      ...(title !== undefined && { title: ['chat', title] }),
      ...this.ref,
    }
    this.story.add(event, 0)
    return this
  }

  /** A film of the attempt, or why there is none. */
  video(device: string, reason?: string): this {
    const path = `artifacts/${this.ref.module}/${this.attempt}/module/${device}-video.mp4`
    const found = reason === undefined ? { bytes: 9_000, path } : { bytes: 0, reason }
    const kind = 'video' as const
    const { attempt, ref } = this
    this.story.add({ type: 'artifact', attempt, role: device, device, kind, name: 'video.mp4', ...found, ...ref }, 0)
    return this
  }

  log(text: string, stream: 'stdout' | 'stderr' = 'stdout'): this {
    this.story.add({ type: 'log', stream, text, ...this.ref })
    return this
  }

  loaded(tests = 1): this {
    this.story.add({ type: 'module:loaded', tests, ...this.ref })
    return this
  }

  pass(role: string, device = role): this {
    this.story.add({ type: 'baton:pass', role, device, place: 'test/chat.ts:5:11', ...this.ref })
    return this
  }

  /** What a branch does, or the test itself where `branch` is empty; its device is called as its role. */
  branch(branch: string, event: BranchEvent, role = branch): this {
    this.story.add({ branch, role, device: role, place: 'test/chat.ts:7:3', ...event, ...this.ref })
    return this
  }

  begin(title: string): this {
    this.story.add({ type: 'test:start', kind: 'test', title: ['chat', title], retry: 0, ...this.ref })
    return this
  }

  end(verdict: AttemptVerdict, error?: ErrorRecord): this {
    const { attempt, ref } = this
    const counts = { ...this.#counts }
    this.story.add({
      type: 'attempt:end',
      attempt,
      verdict,
      durationMs: 1_234,
      counts,
      ...(error && { error }),
      ...ref,
    })
    return this
  }
}

export function recordOfEvents(events: readonly RunEvent[]): RunRecord {
  const state = newRunState()
  for (const event of events) applyEvent(state, event)
  return toRunRecord(state)
}

export const failure: ErrorRecord = {
  name: 'AssertionError',
  message: 'the message did not arrive',
  stack:
    '    at Context.<anonymous> (/home/me/shop/test/chat.ts:12:9)\n    at deliver (file:///home/me/shop/test/pages/chat.ts:3:1)\n    at process.x (node:internal/y:1:2)',
  expected: 'hi',
  actual: '',
  device: 'bob',
}

export const trail = [
  { role: 'alice', device: 'alice', place: 'test/chat.ts:5:11', at: startedAt },
  { role: 'customer', device: 'pixel-8', place: 'test/chat.ts:10:11', at: startedAt },
]

/** A run in which everything happens that can. */
export function everyVerdict(): Story {
  const story = new Story().start('pass', 'fail', 'flaky', 'skip', 'lost', 'waits', 'load', 'hook', 'hangs', 'crash')
  story.add({ type: 'device:state', device: 'alice', host: 'lab', state: 'idle' })
  story.attempt('pass').log('hello').test('opens').test('retried', { retry: 1 }).end('passed')
  story.end('pass', 'passed', { lease: 'pass-1' })
  story
    .attempt('fail', 1, { alice: 'alice', customer: 'pixel-8' })
    .test('opens')
    .log('sent: hi\nwaiting')
    .artifact('alice', 'delivers')
    .artifact('pixel-8', 'delivers')
    .test('delivers', { state: 'failed', error: failure, trail })
    .test('later', { state: 'pending' })
    .end('failed')
  story.end('fail', 'failed', { lease: 'fail-1' })
  story.attempt('flaky').test('opens', { state: 'failed', error: failure }).end('failed')
  story.attempt('flaky', 2).test('opens').end('passed')
  story.end('flaky', 'flaky', { attempts: 2, lease: 'flaky-2' })
  story.attempt('skip').test('opens', { state: 'pending' }).end('skipped')
  story.end('skip', 'skipped', { lease: 'skip-1' })
  const gone = (reason: string): ErrorRecord => ({
    name: 'DeviceLostError',
    code: 'BATON_DEVICE_LOST',
    message: reason,
  })
  for (const attempt of [1, 2]) story.attempt('lost', attempt).end('infrastructure', gone(`no answer ${attempt}`))
  story.add({
    type: 'device:state',
    device: 'alice',
    host: 'lab',
    state: 'quarantined',
    reason: 'three sessions failed',
  })
  story.end('lost', 'lost', { attempts: 0, reasons: ['no answer 1', 'no answer 2'] })
  story.end('waits', 'not-run', { attempts: 0, reasons: ['no device has the label tablet'] })
  const load: ErrorRecord = { name: 'TypeError', message: 'x is not a function', stack: '    at test/load.ts:1:1' }
  story.attempt('load').end('failed', load)
  story.end('load', 'failed', { lease: 'load-1' })
  story.attempt('hook').test('"before all" hook', { kind: 'hook', state: 'failed', error: failure }).end('failed')
  story.end('hook', 'failed', { lease: 'hook-1' })
  const late: ErrorRecord = {
    name: 'ScriptError',
    code: 'BATON_MODULE_TIMEOUT',
    message: 'the module ran for 900 s',
    hint: 'raise --module-timeout',
  }
  story.attempt('hangs').test('opens').begin('waits for ever').artifact('alice').end('failed', late)
  story.end('hangs', 'failed', { lease: 'hangs-1' })
  story.attempt('crash').test('opens').artifact('alice', 'breaks off').begin('breaks off')
  return story
}

/** @returns what the console reporter writes about the story */
export function shown(story: Story, options: Partial<ConsoleOptions> = {}): string {
  let text = ''
  const write = (lines: string): void => void (text += lines)
  const reporter = createConsoleReporter({ write, color: false, verbose: false, cwd: '/home/me/shop', ...options })
  story.tell(reporter)
  return text
}
