import Mocha from 'mocha'
import { SoftAssertService } from 'expect-webdriverio'
import { hasErrorCode } from '../error/error-text.js'
import type { DeviceScope } from './device-scope.js'
import { endBranches } from './branch/end-branches.js'
import { scopeStorage } from './module-context.js'
import { InitialScopes } from './initial-scopes.js'

/** Told of every test and hook, each with the scope that it runs in. */
export interface RunnableListener {
  begin(runnable: Mocha.Runnable, scope: DeviceScope): void
  end(runnable: Mocha.Runnable, scope: DeviceScope): void
  /**
   * It has failed, or skips itself; mocha hears of it when this resolves. Must not reject.
   * @param still - resolves when nothing of it acts any more
   */
  failing(runnable: Mocha.Runnable, still: Promise<unknown>): Promise<void>
}

/**
 * Runs each test and hook of a module in a scope of its own, which is closed when mocha is through with it, so that what
 * goes on after a timeout can't command a device any more.
 */
export class RunnableScopes {
  readonly #scopes: InitialScopes
  readonly #watcher: RunnableListener
  readonly #running = new Map<Mocha.Runnable, string>()
  /** Of runnables whose function failed; mocha makes an error of what is nothing. */
  readonly #thrown = new WeakMap<Mocha.Runnable, { value: unknown }>()

  constructor(firstRole: string, module: object, watcher: RunnableListener) {
    this.#scopes = new InitialScopes(firstRole, module)
    this.#watcher = watcher
  }

  /** Must be called before mocha runs the runnable; its `hook` and `test` events come in time. */
  wrapRun(runnable: Mocha.Runnable, test: Mocha.Test | undefined): void {
    runnable.run = done => {
      const { scope, close } = this.#open(runnable, test)
      const restore = this.#watchFunction(runnable)
      this.#watcher.begin(runnable, scope)
      scopeStorage.run(scope, () =>
        Mocha.Runnable.prototype.run.call(runnable, error => {
          scopeStorage.run(undefined, () => {
            restore(error)
            close()
            const branches = endBranches(scope, error, this.#thrown.get(runnable))
            // asked for in any case: what is left there would fail the next attempt
            const soft = softFailure(runnable)
            const failure: unknown = error ?? branches.failure ?? soft
            this.#watcher.end(runnable, scope)
            if (failure === undefined || failure === null) done()
            else void this.#watcher.failing(runnable, branches.still).then(() => done(failure))
          })
        }),
      )
    }
  }

  /** Titles of tests and hooks whose function has not come to its end, though mocha has given them up. */
  stillRunning(): string[] {
    return [...this.#running.values()]
  }

  #open(runnable: Mocha.Runnable, test: Mocha.Test | undefined): { scope: DeviceScope; close: () => void } {
    SoftAssertService.getInstance().setCurrentTest(softId(runnable), runnable.title, runnable.file)
    if (test) {
      const scope = this.#scopes.scopeInTest(runnable, test)
      return {
        scope,
        close: () => {
          scope.closed = true
        },
      }
    }
    const scope = this.#scopes.scopeInSuite(runnable)
    return {
      scope,
      close: () => {
        scope.closed = true
        this.#scopes.saveSuiteRole(runnable, scope)
      },
    }
  }

  /** Follows the function itself, as mocha forgets it at the timeout. */
  #watchFunction(runnable: Mocha.Runnable): (error: unknown) => void {
    const { fn } = runnable
    if (!fn) return () => {}
    const running = this.#running
    const thrown = this.#thrown
    const title = runnable.titlePath().join(' › ')
    runnable.fn = function (this: Mocha.Context, ...args: Parameters<Mocha.Func>) {
      running.set(runnable, title)
      const settle = (): void => void running.delete(runnable)
      const fail = (value: unknown): void => {
        thrown.set(runnable, { value })
        settle()
      }
      try {
        const result: unknown = Reflect.apply(fn, this, args)
        if (isThenable(result)) result.then(settle, fail)
        else if (fn.length === 0) settle()
        return result
      } catch (error) {
        fail(error)
        throw error
      }
    } as Mocha.Func
    return error => {
      runnable.fn = fn
      const calledDone = fn.length > 0 && !isTimeout(error)
      if (calledDone) running.delete(runnable)
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isTimeout(error: unknown): boolean {
  return hasErrorCode(error, 'ERR_MOCHA_TIMEOUT')
}

/** `expect.soft` collects; without this its failures would never be seen. */
function softFailure(runnable: Mocha.Runnable): unknown {
  const service = SoftAssertService.getInstance()
  try {
    service.assertNoFailures(softId(runnable))
    return undefined
  } catch (error) {
    return error
  } finally {
    service.clearFailures(softId(runnable))
    service.clearCurrentTest()
  }
}

function softId(runnable: Mocha.Runnable): string {
  return runnable.titlePath().join('\n')
}
