import { SoftAssertService } from 'expect-webdriverio'
import Mocha from 'mocha'
import { endBranches } from './branch/end-branches.js'
import type { DeviceScope } from './device-scope.js'
import { InitialScopes } from './initial-scopes.js'
import { isMochaTimeout, titlePath } from './mocha-internals.js'
import { scopeStorage } from './module-context.js'

/** Notified of every test and hook, with the scope that it runs in. */
export interface RunnableListener {
  begin(runnable: Mocha.Runnable, scope: DeviceScope): void
  end(runnable: Mocha.Runnable, scope: DeviceScope): void
  /**
   * It has failed, or skips itself. Mocha is notified when this resolves. Must not reject.
   * @param quiet - resolves when no command of it is pending
   */
  failing(runnable: Mocha.Runnable, quiet: Promise<unknown>): Promise<void>
}

/**
 * Runs each test and hook of a module in its own scope. The scope is closed when mocha has finished with the test, so
 * that code that still runs after a timeout can't send commands.
 */
export class RunnableScopes {
  readonly #scopes: InitialScopes
  readonly #listener: RunnableListener
  readonly #running = new Map<Mocha.Runnable, string>()
  /** What the functions of failed tests threw: mocha replaces `undefined` and the like by an Error. */
  readonly #thrown = new WeakMap<Mocha.Runnable, { value: unknown }>()

  constructor(firstRole: string, module: object, listener: RunnableListener) {
    this.#scopes = new InitialScopes(firstRole, module)
    this.#listener = listener
  }

  /**
   * Replaces the `run` of a test or hook; call it before mocha does, such as on its `test` and `hook` events.
   * @param test - the test that it is, or that the hook runs for
   */
  wrapRun(runnable: Mocha.Runnable, test: Mocha.Test | undefined): void {
    runnable.run = done => {
      const { scope, close } = this.#open(runnable, test)
      const restore = this.#watchFunction(runnable)
      this.#listener.begin(runnable, scope)
      scopeStorage.run(scope, () =>
        Mocha.Runnable.prototype.run.call(runnable, thrown => {
          scopeStorage.run(undefined, () => {
            const error = readableError(thrown)
            restore(error)
            close()
            const branches = endBranches(scope, error, this.#thrown.get(runnable))
            // Always, or failures that are left would count for the next attempt.
            const soft = takeSoftFailure(runnable)
            const failure: unknown = error ?? branches.failure ?? soft
            this.#listener.end(runnable, scope)
            if (failure === undefined || failure === null) done()
            else void this.#listener.failing(runnable, branches.quiet).then(() => done(failure))
          })
        }),
      )
    }
  }

  /** Returns the titles of tests and hooks whose functions still run after their timeout. */
  stillRunning(): string[] {
    return [...this.#running.values()]
  }

  #open(runnable: Mocha.Runnable, test: Mocha.Test | undefined): { scope: DeviceScope; close: () => void } {
    SoftAssertService.getInstance().setCurrentTest(softAssertId(runnable), runnable.title, runnable.file)
    const scope = test ? this.#scopes.scopeInTest(runnable, test) : this.#scopes.scopeInSuite(runnable)
    const close = (): void => {
      scope.closed = true
      if (!test) this.#scopes.saveSuiteRole(runnable, scope)
    }
    return { scope, close }
  }

  /** Tracks the function itself: mocha forgets it at the timeout. */
  #watchFunction(runnable: Mocha.Runnable): (error: unknown) => void {
    const { fn } = runnable
    if (!fn) return () => {}
    const running = this.#running
    const thrown = this.#thrown
    const title = titlePath(runnable).join(' › ')
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
      const calledDone = fn.length > 0 && !isMochaTimeout(error)
      if (calledDone) running.delete(runnable)
    }
  }
}

/** Mocha and Baton read properties of what was thrown; if that throws, an error that says so takes its place. */
function readableError(thrown: unknown): unknown {
  try {
    if (typeof thrown === 'object' && thrown !== null)
      for (const key of ['name', 'message', 'stack', 'cause', 'code', 'actual', 'expected']) Reflect.get(thrown, key)
    return thrown
  } catch {
    return new Error("an error was thrown that can't be read: reading it throws, too")
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Returns the failures that `expect.soft` collected, which nothing else would report, and clears them. */
function takeSoftFailure(runnable: Mocha.Runnable): unknown {
  const service = SoftAssertService.getInstance()
  try {
    service.assertNoFailures(softAssertId(runnable))
    return undefined
  } catch (error) {
    return error
  } finally {
    service.clearFailures(softAssertId(runnable))
    service.clearCurrentTest()
  }
}

function softAssertId(runnable: Mocha.Runnable): string {
  return titlePath(runnable).join('\n')
}
