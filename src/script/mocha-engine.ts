import Mocha from 'mocha'
import { BatonError, formatLocation } from '../error/baton-error.js'
import { parsePlace, callerPlace, type StackReader } from './caller-place.js'
import type { MochaOptions } from './worker-messages.js'

/** A mocha for one module: what its top level registers ends up here and nowhere else. */
export interface MochaEngine {
  mocha: Mocha
  /** Names of both interfaces, bdd and tdd, bound to this mocha; to be made globals while the module runs. */
  globals: Record<string, unknown>
  /** Where a test or hook was registered, as `file:line:column`. */
  placeOf(runnable: object): string | undefined
}

export function createMocha(file: string, options: MochaOptions, reader: StackReader): MochaEngine {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: options.timeoutMs,
    bail: options.bail,
    forbidOnly: options.forbidOnly,
    color: false,
    fullTrace: true,
    ...(options.grep === undefined ? {} : { grep: options.grep }),
  })
  const places = new WeakMap<object, string>()
  recordPlaces(mocha.suite, reader, places)
  // A fresh object: names of another module's interface that are left in an old one give tests that never run.
  const globals: Record<string, unknown> = {}
  mocha.suite.emit('pre-require', globals, file, mocha)
  addTddNames(globals)
  return {
    mocha,
    globals,
    placeOf: runnable => places.get(runnable) ?? places.get(retriedTest(runnable) ?? runnable),
  }
}

/**
 * @param listen - gets the runner before it starts
 * @returns when the last hook has ended
 */
export async function runMocha(mocha: Mocha, listen: (runner: Mocha.Runner) => void): Promise<void> {
  // mocha makes its reporter with `new`.
  mocha.reporter(function (runner: Mocha.Runner) {
    listen(runner)
  } as unknown as Mocha.ReporterConstructor)
  await new Promise<void>(resolve => {
    mocha.run(() => resolve())
  })
}

/** What mocha throws for `.only` under `forbidOnly`, as an error that says where. */
export function explainLoadError(error: unknown, reader: StackReader): unknown {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'ERR_MOCHA_FORBIDDEN_EXCLUSIVITY')
    return error
  const place = parsePlace(ownFrame(error.stack ?? '', reader))
  return new BatonError('BATON_ONLY_IN_CI', '.only was left in the module, so its other tests would not run', {
    hint: 'remove .only, or unset CI',
    ...(place ? { place } : {}),
    cause: error,
  })
}

function ownFrame(stack: string, reader: StackReader): string {
  return reader.mapStack(stack.split('\n').find(line => line.includes(reader.fileName)) ?? '')
}

/** Both interfaces over the one stack of suites, so that `test` inside of `describe` lands where it stands. */
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

/** mocha announces each test and hook while the call that registers it is on the stack. */
function recordPlaces(suite: Mocha.Suite, reader: StackReader, places: WeakMap<object, string>): void {
  const note = (runnable: object): void => {
    const place = callerPlace(reader)
    if (place) places.set(runnable, formatLocation(place))
  }
  for (const event of ['test', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach']) suite.on(event, note)
  suite.on('suite', (child: Mocha.Suite) => recordPlaces(child, reader, places))
}

/** With `this.retries`, each further try is a copy of the test that was registered. */
function retriedTest(runnable: object): object | undefined {
  const { retriedTest } = runnable as { retriedTest?: () => object | undefined }
  return retriedTest?.call(runnable)
}
