import type Mocha from 'mocha'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { LastCommand } from '../event/run-event.js'
import { noTests, type TestCounts } from '../event/verdicts.js'
import type { BatonTrail } from './baton-trail.js'
import { findBranchFailure } from './branch/branch-failures.js'
import { describeCommand, lastCallPlace, type NamedCall } from './call-places.js'
import { lastCommandsOf } from './call-sites.js'
import type { DeviceScope } from './device-scope.js'
import type { MochaEngine } from './mocha-engine.js'
import type { FailureMoment } from './runnable-scopes.js'
import { toErrorRecord } from './to-error-record.js'
import { currentRetry, titlePath } from './mocha-internals.js'
import type { ModuleContext } from './module-context.js'

interface TestFailure extends FailureMoment {
  error: unknown
}

/** The results of a module's tests: counts them and emits an event for each. */
export class TestResults {
  readonly counts: TestCounts = noTests()
  readonly #context: ModuleContext
  readonly #trail: BatonTrail
  readonly #places: Pick<MochaEngine, 'placeOf'>
  /** The scope in which a test or hook last ran. */
  readonly #scopes = new WeakMap<Mocha.Runnable, DeviceScope>()
  readonly #ended = new WeakSet<Mocha.Runnable>()
  readonly #verdicts = new Map<string, 'passed' | 'failed'>()

  /** @param places - where tests and hooks were registered */
  constructor(context: ModuleContext, trail: BatonTrail, places: Pick<MochaEngine, 'placeOf'>) {
    this.#context = context
    this.#trail = trail
    this.#places = places
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
    failure?: TestFailure & { willRetry?: boolean },
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
      ...(failure ? this.#describeFailure(failure, test) : {}),
    })
  }

  /** Records a hook that passed; only slow ones are worth an event. */
  passHook(hook: Mocha.Runnable): void {
    this.#endHook(hook, 'passed')
  }

  failHook(hook: Mocha.Runnable, failure: TestFailure): void {
    this.counts.failed++
    this.#endHook(hook, 'failed', this.#describeFailure(failure, hook))
  }

  /** Records the failure of a test that had already ended, and takes its verdict back. Only its first failure counts. */
  failLate(title: string[], failure: TestFailure, runnable?: Mocha.Runnable): void {
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
      ...this.#describeFailure(failure, runnable),
    })
  }

  #endHook(hook: Mocha.Runnable, state: 'passed' | 'failed', failure: object = {}): void {
    const { duration = 0 } = hook
    const title = titlePath(hook)
    this.#context.emit({ type: 'test:end', kind: 'hook', title, state, durationMs: duration, retry: 0, ...failure })
  }

  #describeFailure(failure: TestFailure, runnable?: Mocha.Runnable): object {
    const { error, thrown, pending } = failure
    const scope = runnable && this.#scopes.get(runnable)
    const fallback = (stack: string): SourceLocation | undefined =>
      pending?.place ??
      (scope && comesFromLibrary(stack) ? lastCallPlace(this.#context, scope.owner) : undefined) ??
      (runnable && this.#places.placeOf(runnable))
    const record = toErrorRecord(this.#context.explainError(error), this.#context, { thrown, fallback })
    const inBranch = scope && findBranchFailure(scope.owner, error)
    const branch = inBranch && inBranch.branch !== '' ? { failedBranch: inBranch.branch } : {}
    const device = inBranch?.device ?? (scope && this.#context.roles.get(scope.role)?.session.device.name)
    const branches = inBranch && inBranch.branches.length > 0 ? { branches: inBranch.branches } : {}
    const message = pending ? `${record.message}\n${describePending(pending)}` : record.message
    return {
      error: { ...(device ? { device } : {}), ...record, message },
      trail: this.#trail.last(),
      ...branch,
      ...branches,
      ...this.#lastCommands(),
    }
  }

  #lastCommands(): { lastCommands?: LastCommand[] } {
    const commands = [...lastCommandsOf(this.#context)].map(([role, sent]) => {
      const { called, place } = describeCommand(this.#context, sent)
      const device = this.#context.roles.get(role)?.session.device.name ?? role
      return { device, command: called, ...(place && { place: formatLocation(place) }) }
    })
    return commands.length > 0 ? { lastCommands: commands } : {}
  }
}

function describePending({ called, place }: NamedCall): string {
  return `It was waiting for ${called}${place ? ` (${formatLocation(place)})` : ''}.`
}

/** Whether an error was thrown by WebdriverIO, which the script's last call led to. */
function comesFromLibrary(stack: string): boolean {
  return /[\\/]node_modules[\\/](?:webdriver|webdriverio|@wdio|expect-webdriverio)[\\/]/.test(stack)
}
