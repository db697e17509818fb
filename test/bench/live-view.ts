import type { RunEvent } from '../../src/event/run-event.js'
import { createLiveReporter } from '../../src/report/live-reporter.js'
import type { Terminal } from '../../src/report/live-screen.js'
import { recordOf } from '../../src/report/run-record.js'
import { applyEvent, newRunState } from '../../src/report/run-state.js'
import { ManualClock } from '../unit/report/manual-clock.js'

/**
 * Prints what the live view costs and what the process of a run keeps in memory, for ever longer runs of chatty modules:
 * `node --expose-gc dist/test/bench/live-view.js`. Goal: a frame costs the same in a run of 10,000 modules as in one of
 * 100, far below the 66 ms between frames, and memory grows by a few kilobytes a module.
 */
const deviceCount = 40
const linesPrinted = 200

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
function measure(modules: number): void {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const terminal = new Sink()
  const clock = new ManualClock()
  const reporter = createLiveReporter({ terminal, clock, color: true, verbose: false, cwd: '/' })
  const state = newRunState()
  const frames: number[] = []
  let events = 0
  for (const made of eventsOf(modules)) {
    events += 1
    // Its texts are then stored as those of a real run are.
    const event = JSON.parse(JSON.stringify(made)) as RunEvent
    applyEvent(state, event)
    const drawn = terminal.frames
    const began = performance.now()
    reporter.event(event, state)
    clock.pass(1)
    if (terminal.frames > drawn) frames.push(performance.now() - began)
  }
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const kept = recordOf(state).modules.length
  frames.sort((a, b) => a - b)
  const times = [frames[Math.floor(frames.length / 2)] ?? 0, frames[Math.floor(frames.length * 0.99)] ?? 0]
  const memory = [(heapUsed - before) / 1e6, (heapUsed - before) / 1e3 / modules, rss / 1e6]
  const row = [kept, events, frames.length, ...times, ...memory]
  console.log(row.map(value => format(value).padStart(12)).join(''))
  reporter.close?.()
}

const format = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2))

const head = ['modules', 'events', 'frames', 'median ms', 'p99 ms', 'heap MB', 'kB a module', 'resident MB']
console.log(head.map(text => text.padStart(12)).join(''))
for (const modules of [100, 1_000, 10_000]) measure(modules)
