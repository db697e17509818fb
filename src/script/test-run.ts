import type Mocha from 'mocha'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { TestCounts } from '../event/verdicts.js'
import type { BatonPass } from '../event/run-event.js'
import type { BatonTrail } from './baton-trail.js'
import { placeOfCallSite } from './call-places.js'
import { ownerOfError, type DeviceScope } from './device-scope.js'
import type { MochaEngine } from './mocha-engine.js'
import {
  currentRetry,
  isHook,
  isMultipleDone,
  isRunnerRunning,
  removeUncaughtListeners,
  runnableOf,
  testOfHook,
  timeoutTimer,
  willRetry,
  titlePath,
} from './mocha-internals.js'
import type { ModuleSnapshots } from './module-snapshots.js'
import { lastCommandsOf, outermostCallSite } from './call-sites.js'
import type { ModuleContext } from './module-context.js'
import { readableError } from './readable-error.js'
import { realDate } from './real-time.js'
import { RunnableScopes } from './runnable-scopes.js'
import { TestResults } from './test-results.js'
import { forgetUncaughtErrors } from './uncaught-errors.js'

/** Milliseconds. A hook that takes this long is reported although it passed: it explains where the time went. */
const slowHookMs = 1_000

/** Collects artifacts of the devices after a test or hook has failed; the module waits for it. Must not reject. */
export type CollectArtifacts = (title: string[]) => Promise<void>

/** Notified of a module's tests while they run. */
export interface TestListener {
  /** A test or hook starts. If the module times out in it, the message names it. */
  running(title: string[], role: string, place: SourceLocation | undefined): void
  failing: CollectArtifacts
  /** A test or hook has ended. Called before `failing`. */
  ended?(): void
}

/** One run of a module's tests: turns the events of mocha's runner into results. */
export class TestRun {
  readonly #context: ModuleContext
  readonly #engine: MochaEngine
  readonly #trail: BatonTrail
  readonly #scopes: RunnableScopes
  readonly #results: TestResults
  readonly #listener: TestListener
  #runner: Mocha.Runner | undefined
  #snapshots: ModuleSnapshots | undefined
  /** Nothing of the test has run yet, neither its hooks nor itself. */
  #isNewTest = false
  readonly #passed = new Set<Mocha.Runnable>()
  /** Has failed; mocha is notified when the artifacts have been collected. */
  #failing: Mocha.Runnable | undefined

  constructor(
    context: ModuleContext,
    engine: MochaEngine,
    trail: BatonTrail,
    firstRole: string,
    listener: TestListener,
  ) {
    this.#context = context
    this.#engine = engine
    this.#trail = trail
    this.#listener = listener
    this.#results = new TestResults(context, trail, engine)
    this.#scopes = new RunnableScopes(firstRole, context, {
      begin: (runnable, scope) => this.#begin(runnable, scope),
      end: () => {
        context.runningScope = undefined
        listener.ended?.()
      },
      failing: (runnable, quiet) => this.#collectArtifacts(runnable, quiet),
    })
  }

  get counts(): TestCounts {
    return this.#results.counts
  }

  get passed(): ReadonlySet<Mocha.Runnable> {
    return this.#passed
  }

  /** Returns the titles of tests and hooks whose functions still run after their timeout. */
  stillRunning(): string[] {
    return this.#scopes.stillRunning()
  }

  /** @param snapshots - notified when a test begins */
  listen(runner: Mocha.Runner, snapshots?: ModuleSnapshots): void {
    this.#runner = runner
    this.#snapshots = snapshots
    if (snapshots) this.#context.repeatsTest = () => snapshots.repeatTest()
    runner.on('start', () => {
      // Uncaught errors come through this process's own listeners: see `handleUncaught`.
      removeUncaughtListeners(runner)
      this.#context.emit({ type: 'module:loaded', tests: runner.grepTotal(runner.suite) })
    })
    runner.on('test', test => {
      this.#isNewTest = true
      this.#scopes.wrapRun(test, test)
      this.#context.emit({ type: 'test:start', kind: 'test', title: titlePath(test), retry: currentRetry(test) })
    })
    runner.on('hook', hook => this.#scopes.wrapRun(hook, testOfHook(hook)))
    runner.on('pass', test => {
      this.#passed.add(test)
      this.#results.endTest(test, 'passed')
    })
    runner.on('pending', test => this.#results.endTest(test, 'pending'))
    runner.on('fail', (runnable, error) => this.#fail(runnable, error))
    runner.on('retry', (test, error) => {
      this.#results.endTest(test, 'failed', { error, ...this.#scopes.momentOf(test), willRetry: true })
    })
    runner.on('hook end', hook => {
      if ((hook.duration ?? 0) >= slowHookMs) this.#results.passHook(hook)
    })
  }

  /**
   * Handles an error that nobody caught.
   * @returns false if no test can be blamed: the module as a whole has failed
   */
  handleUncaught(error: unknown): boolean {
    const owner = ownerOfError(error)
    const site = outermostCallSite()
    if (site) this.#context.thrown.recordLater(error, () => placeOfCallSite(this.#context, site))
    // A test of a previous module: its result is recorded already.
    if (owner && owner.module !== this.#context) return true
    // This test has failed already; its first failure counts.
    if (this.#failing && (!owner || isSame(owner.title, titlePath(this.#failing)))) return true
    if (owner) {
      this.#results.failLate([...owner.title], { error })
      return true
    }
    // A test that failed through an uncaught error may still call `done` later.
    if (isMultipleDone(error) && this.counts.failed > 0) return true
    const runner = this.#runner
    if (!runner || !isRunnerRunning(runner)) return false
    const running = runnableOf(runner)
    if (running) this.#scopes.noteThrown(running, error)
    runner.uncaught(readableError(error))
    return true
  }

  #begin(runnable: Mocha.Runnable, scope: DeviceScope): void {
    forgetUncaughtErrors()
    this.#results.start(runnable, scope)
    if (!isHook(runnable)) this.#snapshots?.beginTest(runnable)
    this.#context.runningScope = scope
    this.#context.testTimer = () => timeoutTimer(runnable)
    const place = this.#engine.placeOf(runnable)
    this.#listener.running(titlePath(runnable), scope.role, place)
    const at = place && formatLocation(place)
    const isSameRole = this.#trail.holder === scope.role
    const test = isHook(runnable) ? testOfHook(runnable as Mocha.Hook) : runnable
    if (!test || this.#isNewTest) {
      this.#trail.restart(isSameRole ? this.#passOf(scope.role, at) : undefined)
      lastCommandsOf(this.#context).clear()
    }
    if (test) this.#isNewTest = false
    if (!isSameRole) this.#context.recordPass(scope.role, at)
  }

  #passOf(role: string, place: string | undefined): BatonPass {
    const device = this.#context.roles.get(role)?.session.device.name ?? role
    return { role, device, ...(place !== undefined && { place }), at: realDate() }
  }

  /** Before any `afterEach` hook changes the devices. Not if mocha runs the test again. */
  async #collectArtifacts(runnable: Mocha.Runnable, quiet: Promise<unknown>): Promise<void> {
    this.#failing = runnable
    await quiet
    if (!runnable.isPending() && !willRetry(runnable)) await this.#listener.failing(titlePath(runnable))
    this.#failing = undefined
  }

  #fail(runnable: Mocha.Runnable, error: unknown): void {
    // Another failure of a test whose own failure is still to come, such as a second `done()`.
    if (runnable === this.#failing) return
    const failure = { error, ...this.#scopes.momentOf(runnable) }
    if (isHook(runnable)) this.#results.failHook(runnable, failure)
    else if (this.#results.hasEnded(runnable)) this.#results.failLate(titlePath(runnable), failure, runnable)
    else this.#results.endTest(runnable, 'failed', failure)
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n')
}
