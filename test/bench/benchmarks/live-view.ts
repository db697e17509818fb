import type { RunEvent } from '../../../src/event/run-event.js'
import { createLiveReporter } from '../../../src/report/live-reporter.js'
import type { Terminal } from '../../../src/report/live-screen.js'
import { toRunRecord } from '../../../src/report/run-record.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'
import { quantile, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'
import { ManualClock } from '../../unit/report/manual-clock.js'

const deviceCount = 40
const linesPrinted = 200
/** What a frame may take at most: the view draws one each 66 ms. */
const frameMs = 66

/** Needs `--expose-gc`. */
export const liveView: Benchmark = {
  name: 'live-view',
  what: `The live view and the memory of the process of a run, modules of ${linesPrinted} printed lines on ${deviceCount} devices`,

  async measure({ quick }) {
    return (quick ? [100] : [100, 1_000, 10_000]).flatMap(modules => measure(modules))
  },
}

class Sink implements Terminal {
  readonly columns = 140
  readonly rows = 40
  frames = 0
  bytes = 0

  write(text: string): void {
    this.frames += 1
    this.bytes += text.length
  }

  on(): void {}

  off(): void {}
}

/** Modules that print a lot; one in a hundred fails. */
function* eventsOf(modules: number): Generator<RunEvent> {
  const at = Date.now()
  const ids = Array.from({ length: modules }, (_, index) => `m${index}`)
  const listing = ids.map(id => ({
    id,
    file: `test/modules/${id}.ts`,
    firstRole: 'a',
    roles: { a: 'phone', b: 'phone' },
  }))
  yield { type: 'run:start', version: 1, run: 'bench', modules: listing, options: {}, at }
  for (const [index, module] of ids.entries()) {
    const ref = { module, lease: `l${index}`, at }
    const [a, b] = [`phone-${(2 * index) % deviceCount}`, `phone-${(2 * index + 1) % deviceCount}`]
    const failed = index % 100 === 99
    yield { type: 'attempt:start', attempt: 1, host: 'lab', devices: { a, b }, ...ref }
    yield { type: 'module:loaded', tests: 1, ...ref }
    const title = ['a suite', `test ${index}`]
    yield { type: 'test:start', kind: 'test', title, retry: 0, ...ref }
    for (let turn = 0; turn < 10; turn++) {
      yield { type: 'baton:pass', role: turn % 2 ? 'b' : 'a', device: turn % 2 ? b : a, place: 'm.ts:1:1', ...ref }
    }
    for (let line = 0; line < linesPrinted; line++) {
      yield { type: 'log', stream: 'stdout', text: `${line}: ${'x'.repeat(70)}`, ...ref }
    }
    const state = failed ? 'failed' : 'passed'
    const error = failed && { error: { name: 'Error', message: 'no', stack: '    at x (/m.ts:1:1)' } }
    yield { type: 'test:end', kind: 'test', title, state, durationMs: 5, retry: 0, ...error, ...ref }
    const counts = { passed: failed ? 0 : 1, failed: failed ? 1 : 0, pending: 0 }
    yield { type: 'attempt:end', attempt: 1, verdict: state, durationMs: 9, counts, ...ref }
    yield { type: 'module:end', module, verdict: state, attempts: 1, lease: ref.lease, at }
  }
}

/** The clock moves 1 ms an event, so that every 66th event makes a frame. */
function measure(modules: number): Figure[] {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const terminal = new Sink()
  const clock = new ManualClock()
  const reporter = createLiveReporter({ terminal, clock, color: true, verbose: false, cwd: '/' })
  const state = newRunState()
  const frames: number[] = []
  for (const made of eventsOf(modules)) {
    // Its texts are then stored as those of a real run are.
    const event = JSON.parse(JSON.stringify(made)) as RunEvent
    const changes = applyEvent(state, event)
    const drawn = terminal.frames
    const began = performance.now()
    reporter.event(event, state, changes)
    clock.pass(1)
    if (terminal.frames > drawn) frames.push(performance.now() - began)
  }
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  // Also keeps the state alive until here.
  if (toRunRecord(state).modules.length !== modules) throw new Error('the record lacks modules')
  reporter.close?.()
  const sorted = frames.toSorted((a, b) => a - b)
  const figure = (label: string, unit: string, value: number): Figure => ({
    label: `${modules} modules: ${label}`,
    unit,
    value,
  })
  return [
    { ...figure('a frame', 'ms', quantile(sorted, 0.5)), samples: frames.length },
    { ...figure('a frame, one in a hundred', 'ms', quantile(sorted, 0.99)), goal: { atMost: frameMs } },
    figure('heap', 'MB', (heapUsed - before) / 1e6),
    figure('heap a module', 'kB', (heapUsed - before) / 1e3 / modules),
    figure('resident', 'MB', rss / 1e6),
  ]
}
