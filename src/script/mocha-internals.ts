import type Mocha from 'mocha'
import { hasErrorCode } from '../error/error-text.js'
import { safeText } from './safe-text.js'

/*
 * What Baton reads of mocha that mocha's types leave out.
 */

/** The titles of the suites of a test or hook, then its own. A script may set a title to anything. */
export function titlePath(runnable: { titlePath(): unknown[] }): string[] {
  return runnable.titlePath().map(safeText)
}

export function isHook(runnable: Mocha.Runnable): boolean {
  return (runnable as { type?: string }).type === 'hook'
}

/** Returns the test that a `beforeEach` or `afterEach` hook runs for; undefined for `before` and `after`. */
export function testOfHook(hook: Mocha.Hook): Mocha.Test | undefined {
  const suite = hook.parent as unknown as { getHooks(name: string): Mocha.Hook[] } | undefined
  const isEachHook = ['beforeEach', 'afterEach'].some(name => suite?.getHooks(name).includes(hook))
  return isEachHook ? hook.ctx?.currentTest : undefined
}

/** Counts from 0. */
export function currentRetry(runnable: Mocha.Runnable): number {
  return (runnable as unknown as { currentRetry(): number }).currentRetry()
}

/** Whether mocha runs a failed test again. */
export function willRetry(runnable: Mocha.Runnable): boolean {
  return !isHook(runnable) && currentRetry(runnable) < runnable.retries()
}

/** Returns the test that was registered: with `this.retries`, mocha runs copies of it. */
export function retriedTest(runnable: object): object | undefined {
  const { retriedTest } = runnable as { retriedTest?: () => object | undefined }
  return retriedTest?.call(runnable)
}

/** The timer of a test's or hook's timeout. */
export function timeoutTimer(runnable: Mocha.Runnable): unknown {
  return (runnable as { timer?: unknown }).timer
}

/** Whether a runner still accepts errors; a stopped one throws them. */
export function isRunnerRunning(runner: Mocha.Runner): boolean {
  return (runner as unknown as { state: string }).state === 'running'
}

/** Returns the test or hook that a runner blames for uncaught errors. */
export function runnableOf(runner: Mocha.Runner): Mocha.Runnable | undefined {
  return (runner as unknown as { currentRunnable?: Mocha.Runnable }).currentRunnable
}

/** Removes mocha's process-wide listeners for uncaught errors, which it adds when it starts. */
export function removeUncaughtListeners(runner: Mocha.Runner): void {
  const { uncaught, unhandled } = runner as unknown as Record<'uncaught' | 'unhandled', () => void>
  process.removeListener('uncaughtException', uncaught)
  process.removeListener('unhandledRejection', unhandled)
}

export function isMochaTimeout(error: unknown): error is Error {
  return hasMochaCode(error, 'ERR_MOCHA_TIMEOUT')
}

/** Whether a test called `done` twice, or ended after it had failed. */
export function isMultipleDone(error: unknown): boolean {
  return hasMochaCode(error, 'ERR_MOCHA_MULTIPLE_DONE')
}

export function isForbiddenOnly(error: unknown): error is Error {
  return hasMochaCode(error, 'ERR_MOCHA_FORBIDDEN_EXCLUSIVITY')
}

/** A test may throw anything, such as an error whose properties throw. */
function hasMochaCode(error: unknown, code: string): boolean {
  try {
    return hasErrorCode(error, code)
  } catch {
    return false
  }
}
