import Mocha from 'mocha'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { firstUserPlace } from '../error/stack-frames.js'
import { callerPlace, type StackReader } from './caller-place.js'
import { isForbiddenOnly, retriedTest } from './mocha-internals.js'
import { measureMonotonically } from './monotonic-durations.js'
import { addRetries } from './test-retries.js'
import type { MochaOptions } from './worker-messages.js'

measureMonotonically()

/** A mocha instance for one module: everything that its top level registers goes here. */
export interface MochaEngine {
  mocha: Mocha
  /** The functions of both interfaces, bdd and tdd, bound to this instance: the module's globals. */
  globals: Record<string, unknown>
  /** Returns where a test or hook was registered. */
  placeOf(runnable: object): SourceLocation | undefined
}

/** @param adapt - may replace the globals before the module sees them */
export function createMocha(
  file: string,
  options: MochaOptions,
  reader: StackReader,
  adapt: (globals: Record<string, unknown>) => void = () => {},
): MochaEngine {
  // With allowUncaught, mocha would end this process. What is seen of a module ends with its first failure all the same.
  const { allowUncaught = false, ui, ...more } = options.more ?? {}
  const mocha = new Mocha({
    // A module may use bdd and tdd alike.
    ui: ui === 'qunit' ? ui : 'bdd',
    ...more,
    timeout: options.timeoutMs,
    bail: options.bail || allowUncaught,
    forbidOnly: options.forbidOnly || (more.forbidOnly ?? false),
    color: false,
    fullTrace: true,
    ...(options.grep === undefined ? {} : { grep: options.grep }),
  })
  const places = new WeakMap<object, SourceLocation>()
  recordPlaces(mocha.suite, reader, places)
  // A new object: functions of a previous module's interface would register tests that never run.
  const globals: Record<string, unknown> = {}
  mocha.suite.emit('pre-require', globals, file, mocha)
  if (ui !== 'qunit') addTddNames(globals)
  adapt(globals)
  addRetries(globals, mocha.suite.ctx)
  return {
    mocha,
    globals,
    placeOf: runnable => places.get(runnable) ?? places.get(retriedTest(runnable) ?? runnable),
  }
}

/**
 * Runs all tests; resolves when the last hook has ended.
 * @param listen - receives the runner before it starts
 */
export async function runMocha(mocha: Mocha, listen: (runner: Mocha.Runner) => void): Promise<void> {
  // mocha calls its reporter with `new`.
  mocha.reporter(function (runner: Mocha.Runner) {
    listen(runner)
  } as unknown as Mocha.ReporterConstructor)
  await new Promise<void>(resolve => {
    mocha.run(() => resolve())
  })
}

/** Releases what mocha keeps of the tests. mocha refuses that if it threw as it started, which is what must be reported. */
export function disposeMocha(mocha: Mocha): void {
  try {
    mocha.dispose()
  } catch {
    // The instance is used by nothing else.
  }
}

/** Replaces mocha's error for `.only` under `forbidOnly` by one with its location; returns others as they are. */
export function explainLoadError(error: unknown, reader: StackReader): unknown {
  if (!isForbiddenOnly(error)) return error
  const place = firstUserPlace(reader.mapStack(error.stack ?? ''))
  return new BatonError('BATON_ONLY_IN_CI', '.only is left in the module, so its other tests would not run', {
    hint: 'remove .only, or unset CI',
    ...(place ? { place } : {}),
    cause: error,
  })
}

/** Both interfaces share one stack of suites, so that `test` inside `describe` works. */
function addTddNames(globals: Record<string, unknown>): void {
  const { describe, it, before, after, beforeEach, afterEach } = globals
  Object.assign(globals, {
    suite: describe,
    test: it,
    suiteSetup: before,
    suiteTeardown: after,
    setup: beforeEach,
    teardown: afterEach,
  })
  // mocha's `run` exists only with --delay.
  delete globals['run']
}

/** mocha emits an event for each test and hook while the call that registers it is on the stack. */
function recordPlaces(suite: Mocha.Suite, reader: StackReader, places: WeakMap<object, SourceLocation>): void {
  const record = (runnable: object): void => {
    const place = callerPlace(reader)
    if (place) places.set(runnable, place)
  }
  for (const event of ['test', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach']) suite.on(event, record)
  suite.on('suite', (child: Mocha.Suite) => recordPlaces(child, reader, places))
}
