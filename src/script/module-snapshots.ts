import path from 'node:path'
import { SnapshotService } from 'expect-webdriverio'
import type Mocha from 'mocha'
import { errorMessage } from '../error/error-text.js'
import type { ModuleEvent, SnapshotCounts } from '../event/run-event.js'
import { frameLocation } from '../error/stack-frames.js'
import type { StackReader } from './caller-place.js'
import { currentRetry } from './mocha-internals.js'
import { safeText } from './safe-text.js'
import type { LoadableModule, SnapshotMode } from './worker-messages.js'

/**
 * The snapshots of one module, kept by WebdriverIO's own service. It reads and writes files in the module's folder, from
 * where written files go back to the project.
 */
export class ModuleSnapshots {
  readonly #service: Service
  readonly #file: string
  readonly #mode: SnapshotMode

  private constructor(service: Service, file: string, mode: SnapshotMode) {
    this.#service = service
    this.#file = file
    this.#mode = mode
  }

  /** @returns undefined if the module has no snapshot matchers */
  static async open(
    module: LoadableModule,
    mode: SnapshotMode,
    reader: StackReader,
  ): Promise<ModuleSnapshots | undefined> {
    if (!/\btoMatch(Inline)?Snapshot\b/.test(module.code)) return undefined
    const file = path.join(module.directory, module.base, module.file)
    const service = new CurrentTestService({ updateState: mode })
    // Matchers find it there.
    Reflect.set(globalThis, Symbol.for('expect-webdriverio.snapshotService@6'), service)
    await service.load(file)
    showOwnFrames(service.client, reader, path.join(module.directory, module.base))
    return new ModuleSnapshots(service, file, mode)
  }

  /** Snapshots belong to this test from now on. */
  beginTest(test: Mocha.Runnable): void {
    this.#service.begin(snapshotName(test))
    if (currentRetry(test) > 0) this.repeatTest()
  }

  /** The current test runs again: what its failed try added or compared does not count. */
  repeatTest(): void {
    const { currentTestName } = this.#service
    if (currentTestName !== undefined) this.#service.client.clearTest(this.#file, currentTestName)
  }

  /** As `finish`. @returns the event that reports it; undefined if there are no snapshots */
  async finishOrWarn(suite: Mocha.Suite, passed: ReadonlySet<Mocha.Runnable>): Promise<ModuleEvent | undefined> {
    try {
      const counts = await this.finish(suite, passed)
      return counts && { type: 'snapshots', counts }
    } catch (error) {
      return { type: 'warning', message: `snapshots could not be written: ${errorMessage(error)}` }
    }
  }

  /**
   * Writes new and updated snapshots.
   * @param passed - the tests that passed; with `all`, stored snapshots are only removed if nothing but such a test could
   *   compare them
   * @returns how they compare; undefined if no test had one and none is stored
   */
  async finish(suite: Mocha.Suite, passed: ReadonlySet<Mocha.Runnable>): Promise<SnapshotCounts | undefined> {
    const state = this.#service.client.getSnapshotState(this.#file)
    for (const [key, value] of Object.entries(state._snapshotData)) {
      if (value === undefined) delete state._snapshotData[key]
    }
    if (this.#mode === 'all') {
      // By name: mocha runs copies of a test that is retried.
      const done = new Set([...passed].map(snapshotName))
      const open = testsOf(suite).map(snapshotName)
      for (const name of open.filter(name => !done.has(name))) {
        for (const key of state._uncheckedKeys) if (key.startsWith(`${name} `)) state._uncheckedKeys.delete(key)
      }
    }
    const result = await this.#service.client.finish(this.#file)
    const { matched, added, updated, unmatched, unchecked } = result
    const counts = { matched, added, updated, unmatched, unchecked }
    return Object.values(counts).some(count => count > 0) ? counts : undefined
  }
}

/** As WebdriverIO names them: with the title of the innermost suite. */
function snapshotName(test: Mocha.Runnable): string {
  const text = (title: unknown): string => (typeof title === 'string' ? title : safeText(title))
  return `${text(test.parent?.title)} > ${text(test.title)}`
}

function testsOf(suite: Mocha.Suite): Mocha.Test[] {
  return [...suite.tests, ...suite.suites.flatMap(testsOf)]
}

/** What Baton uses of the service and its client, which their types leave out. */
interface Service {
  readonly client: SnapshotClient
  readonly currentTestName: string | undefined
  beforeTest(test: { file: string; parent: string; title: string }): Promise<void>
  begin(name: string): void
  load(file: string): Promise<void>
}

interface SnapshotClient {
  assert(options: { error?: Error; isInline?: boolean }): void
  clearTest(file: string, name: string): void
  finish(file: string): Promise<SnapshotCounts>
  getSnapshotState(file: string): {
    _snapshotData: Record<string, string | undefined>
    _uncheckedKeys: Set<string>
  }
}

const BaseService = SnapshotService as unknown as new (options: {
  updateState: SnapshotMode
}) => Omit<Service, 'begin' | 'load' | 'currentTestName'>

/** Knows the current test by its name. Before the first one, matchers say that the service is not initialized. */
class CurrentTestService extends BaseService implements Service {
  #file: string | undefined
  #name: string | undefined

  get currentFilePath(): string | undefined {
    return this.#name === undefined ? undefined : this.#file
  }

  get currentTestName(): string | undefined {
    return this.#name
  }

  async load(file: string): Promise<void> {
    this.#file = file
    await this.beforeTest({ file, parent: '', title: '' })
  }

  begin(name: string): void {
    this.#name = name
  }
}

/**
 * Inline snapshots are written to the place that the stack of the matcher shows: makes it the place in the source. The parser
 * expects the caller in the third frame.
 */
function showOwnFrames(client: SnapshotClient, { fileName, mapStack }: StackReader, directory: string): void {
  const assertSnapshot = client.assert.bind(client)
  client.assert = options => {
    const { error, isInline } = options
    const frame = error?.stack?.split('\n').find(line => line.includes(fileName))
    const place = frame === undefined ? undefined : frameLocation(mapStack(frame))
    if (isInline && error && place) {
      const at = `${path.resolve(directory, place.file)}:${place.line}:${place.column}`
      error.stack = ['__INLINE_SNAPSHOT__', 'matcher', 'caller'].reduce(
        (stack, name) => `${stack}\n    at ${name} (${at})`,
        'Error: inline snapshot',
      )
    }
    assertSnapshot(options)
  }
}
