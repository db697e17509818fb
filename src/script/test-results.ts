import type Mocha from 'mocha'
import { noTests, type TestCounts } from '../event/verdicts.js'
import type { BatonTrail } from './baton-trail.js'
import { findBranchFailure } from './branch/branch-failures.js'
import type { DeviceScope } from './device-scope.js'
import { toErrorRecord } from './to-error-record.js'
import { currentRetry, titlePath } from './mocha-internals.js'
import type { ModuleContext } from './module-context.js'

/** The results of a module's tests: counts them and emits an event for each. */
export class TestResults {
  readonly counts: TestCounts = noTests()
  readonly #context: ModuleContext
  readonly #trail: BatonTrail
  /** The scope in which a test or hook last ran. */
  readonly #scopes = new WeakMap<Mocha.Runnable, DeviceScope>()
  readonly #ended = new WeakSet<Mocha.Runnable>()
  readonly #verdicts = new Map<string, 'passed' | 'failed'>()

  constructor(context: ModuleContext, trail: BatonTrail) {
    this.#context = context
    this.#trail = trail
  }

  /** Records the scope in which a test or hook runs, for the error of its failure. */
  start(runnable: Mocha.Runnable, scope: DeviceScope): void {
    this.#scopes.set(runnable, scope)
  }

  hasEnded(test: Mocha.Runnable): boolean {
    return this.#ended.has(test)
  }

  endTest(
    test: Mocha.Runnable,
    state: 'passed' | 'failed' | 'pending',
    failure?: { error: unknown; willRetry?: boolean },
  ): void {
    const title = titlePath(test)
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
      ...(failure ? this.#describeFailure(failure.error, test) : {}),
    })
  }

  /** Records a hook that passed; only slow ones are worth an event. */
  passHook(hook: Mocha.Runnable): void {
    this.#endHook(hook, 'passed')
  }

  failHook(hook: Mocha.Runnable, error: unknown): void {
    this.counts.failed++
    this.#endHook(hook, 'failed', this.#describeFailure(error, hook))
  }

  /** Records the failure of a test that had already ended, and takes its verdict back. Only its first failure counts. */
  failLate(title: string[], error: unknown): void {
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
      ...this.#describeFailure(error),
    })
  }

  #endHook(hook: Mocha.Runnable, state: 'passed' | 'failed', failure: object = {}): void {
    const { duration = 0 } = hook
    const title = titlePath(hook)
    this.#context.emit({ type: 'test:end', kind: 'hook', title, state, durationMs: duration, retry: 0, ...failure })
  }

  #describeFailure(error: unknown, runnable?: Mocha.Runnable): object {
    const record = toErrorRecord(this.#context.explainError(error), this.#context.mapStack)
    const scope = runnable && this.#scopes.get(runnable)
    const inBranch = scope && findBranchFailure(scope.owner, error)
    const device = inBranch?.device ?? (scope && this.#context.roles.get(scope.role)?.session.device.name)
    const branches = inBranch && inBranch.branches.length > 0 ? { branches: inBranch.branches } : {}
    return { error: { ...(device ? { device } : {}), ...record }, trail: this.#trail.last(), ...branches }
  }
}
