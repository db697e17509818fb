import type Mocha from 'mocha'
import { hasErrorCode } from '../error/error-text.js'
import { noTests, type TestCounts } from '../event/verdicts.js'
import { ownerOfError, type DeviceScope } from './device-scope.js'
import { findBranchFailure } from './branch/branch-failures.js'
import type { BatonTrail } from './baton-trail.js'
import { toErrorRecord } from './error-record.js'
import type { MochaEngine } from './mocha-engine.js'
import type { ModuleContext } from './module-context.js'
import { RunnableScopes } from './runnable-scopes.js'

/** A hook that took this long is reported though it passed: it explains where the time went. Milliseconds. */
const slowHookMs = 1_000

/** Has the devices looked at as they are when a test or hook has failed; the module waits for it. Must not reject. */
export type CollectArtifacts = (title: string[]) => Promise<void>

/** Who is told of a module's tests while they run. */
export interface TestListener {
  /** What runs now, for the message of a deadline. */
  running(title: string[], role: string): void
  failing: CollectArtifacts
}

/** Turns what mocha's runner tells of one module into events and counts. */
export class TestRun {
  readonly counts: TestCounts = noTests()
  /** Tests that mocha means to run. */
  planned = 0
  readonly #context: ModuleContext
  readonly #engine: MochaEngine
  readonly #trail: BatonTrail
  readonly #scopes: RunnableScopes
  readonly #watcher: TestListener
  /** The scope in which a runnable ran last. */
  readonly #lastScope = new WeakMap<object, DeviceScope>()
  readonly #ended = new WeakSet<object>()
  readonly #verdicts = new Map<string, 'passed' | 'failed'>()
  #runner: Mocha.Runner | undefined
  /** Has failed; mocha hears of it when its devices have been looked at. */
  #failing: Mocha.Runnable | undefined

  constructor(
    context: ModuleContext,
    engine: MochaEngine,
    trail: BatonTrail,
    firstRole: string,
    watcher: TestListener,
  ) {
    this.#context = context
    this.#engine = engine
    this.#trail = trail
    this.#watcher = watcher
    this.#scopes = new RunnableScopes(firstRole, context, {
      begin: (runnable, scope) => this.#begin(runnable, scope),
      end: () => {
        context.runningScope = undefined
      },
      failing: (runnable, still) => this.#explain(runnable, still),
    })
  }

  /** Titles of tests and hooks that still run though mocha has given them up. */
  stillRunning(): string[] {
    return this.#scopes.stillRunning()
  }

  listen(runner: Mocha.Runner): void {
    this.#runner = runner
    runner.on('start', () => {
      // Errors that nobody catches come through this process's own listeners: see `stray`.
      const { uncaught, unhandled } = runner as unknown as Record<'uncaught' | 'unhandled', () => void>
      process.removeListener('uncaughtException', uncaught)
      process.removeListener('unhandledRejection', unhandled)
      this.planned = runner.grepTotal(runner.suite)
      this.#context.emit({ type: 'module:loaded', tests: this.planned })
    })
    runner.on('test', test => {
      this.#scopes.wrapRun(test, test)
      this.#context.emit({ type: 'test:start', kind: 'test', title: test.titlePath(), retry: currentRetry(test) })
    })
    runner.on('hook', hook => this.#scopes.wrapRun(hook, testOfHook(hook)))
    runner.on('pass', test => this.#end(test, 'passed'))
    runner.on('pending', test => this.#end(test, 'pending'))
    runner.on('fail', (runnable, error) => this.#fail(runnable, error))
    runner.on('retry', (test, error) => this.#end(test, 'failed', { error, willRetry: true }))
    runner.on('hook end', hook => {
      if ((hook.duration ?? 0) >= slowHookMs) this.#endHook(hook, 'passed')
    })
  }

  /**
   * An error that nobody caught.
   * @returns whether it is dealt with: a test of this module took the blame, or it came from a past module
   */
  handleUncaught(error: unknown): boolean {
    const owner = ownerOfError(error)
    if (owner && owner.module !== this.#context) return true
    // It has failed already: what else goes wrong in it meanwhile adds nothing.
    if (this.#failing && (!owner || isSame(owner.title, this.#failing.titlePath()))) return true
    if (owner) {
      this.#failLate([...owner.title], error)
      return true
    }
    // A test that such an error ended may still come to its own end; mocha calls that a second one.
    if (isDoneTwice(error) && this.counts.failed > 0) return true
    const runner = this.#runner
    if (!runner || !isRunning(runner)) return false
    runner.uncaught(error)
    return true
  }

  #begin(runnable: Mocha.Runnable, scope: DeviceScope): void {
    this.#lastScope.set(runnable, scope)
    this.#context.runningScope = scope
    this.#context.testTimer = () => (runnable as { timer?: unknown }).timer
    this.#watcher.running(runnable.titlePath(), scope.role)
    if (this.#trail.holder !== scope.role) this.#context.recordPass(scope.role, this.#engine.placeOf(runnable))
  }

  /** The devices as they are now, before any `afterEach` hook changes them; none where mocha will run the test again. */
  async #explain(runnable: Mocha.Runnable, still: Promise<unknown>): Promise<void> {
    this.#failing = runnable
    await still
    if (!runnable.isPending() && !willRetry(runnable)) await this.#watcher.failing(runnable.titlePath())
    this.#failing = undefined
  }

  #fail(runnable: Mocha.Runnable, error: unknown): void {
    // A second `done()`, say: the failure itself is still to come.
    if (runnable === this.#failing) return
    if (isHook(runnable)) {
      this.counts.failed++
      this.#endHook(runnable, 'failed', error)
    } else if (this.#ended.has(runnable)) {
      this.#failLate(runnable.titlePath(), error)
    } else {
      this.#end(runnable, 'failed', { error })
    }
  }

  #end(
    test: Mocha.Runnable,
    state: 'passed' | 'failed' | 'pending',
    failure?: { error: unknown; willRetry?: boolean },
  ): void {
    const title = test.titlePath()
    if (!failure?.willRetry) {
      this.counts[state]++
      this.#ended.add(test)
      if (state !== 'pending') this.#verdicts.set(title.join('\n'), state)
    }
    this.#context.emit({
      type: 'test:end',
      kind: 'test',
      title,
      state,
      durationMs: test.duration ?? 0,
      retry: currentRetry(test),
      ...(failure?.willRetry ? { willRetry: true } : {}),
      ...(failure ? this.#failure(failure.error, test) : {}),
    })
  }

  #endHook(hook: Mocha.Runnable, state: 'passed' | 'failed', error?: unknown): void {
    this.#context.emit({
      type: 'test:end',
      kind: 'hook',
      title: hook.titlePath(),
      state,
      durationMs: hook.duration ?? 0,
      retry: 0,
      ...(state === 'failed' ? this.#failure(error, hook) : {}),
    })
  }

  /** A test that had ended went on and failed: its verdict is taken back. Once it has failed, more adds nothing. */
  #failLate(title: string[], error: unknown): void {
    const key = title.join('\n')
    const verdict = this.#verdicts.get(key)
    if (verdict === 'failed') return
    if (verdict === 'passed') this.counts.passed--
    this.counts.failed++
    this.#verdicts.set(key, 'failed')
    this.#context.emit({
      type: 'test:end',
      kind: verdict === undefined ? 'hook' : 'test',
      title,
      state: 'failed',
      durationMs: 0,
      retry: 0,
      ...this.#failure(error),
    })
  }

  #failure(error: unknown, runnable?: Mocha.Runnable): object {
    const record = toErrorRecord(this.#context.explainError(error), this.#context.mapStack)
    const scope = runnable && this.#lastScope.get(runnable)
    const inBranch = scope && findBranchFailure(scope.owner, error)
    const device = inBranch?.device ?? (scope && this.#context.roles.get(scope.role)?.session.device.name)
    const branches = inBranch && inBranch.branches.length > 0 ? { branches: inBranch.branches } : {}
    return { error: { ...(device ? { device } : {}), ...record }, trail: this.#trail.last(), ...branches }
  }
}

/** The test that a `beforeEach` or `afterEach` hook belongs to; none for `before` and `after`. */
function testOfHook(hook: Mocha.Hook): Mocha.Test | undefined {
  const suite = hook.parent as unknown as { getHooks(name: string): Mocha.Hook[] } | undefined
  const ofTests = ['beforeEach', 'afterEach'].some(name => suite?.getHooks(name).includes(hook))
  return ofTests ? hook.ctx?.currentTest : undefined
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n')
}

function willRetry(runnable: Mocha.Runnable): boolean {
  return !isHook(runnable) && currentRetry(runnable) < runnable.retries()
}

function isHook(runnable: Mocha.Runnable): boolean {
  return (runnable as { type?: string }).type === 'hook'
}

function currentRetry(runnable: Mocha.Runnable): number {
  return (runnable as unknown as { currentRetry(): number }).currentRetry()
}

function isDoneTwice(error: unknown): boolean {
  return hasErrorCode(error, 'ERR_MOCHA_MULTIPLE_DONE')
}

/** Once stopped, mocha throws whatever is reported to it. */
function isRunning(runner: Mocha.Runner): boolean {
  return (runner as unknown as { state: string }).state === 'running'
}
