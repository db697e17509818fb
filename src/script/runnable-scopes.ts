import { SoftAssertService } from 'expect-webdriverio'
import Mocha from 'mocha'
import { pendingWait } from './branch/branch-positions.js'
import { endBranches } from './branch/end-branches.js'
import { pendingCall, type NamedCall } from './call-places.js'
import { withoutCallSites } from './call-sites.js'
import { callerPlace } from './caller-place.js'
import type { DeviceScope, ScopeOwner } from './device-scope.js'
import { InitialScopes } from './initial-scopes.js'
import { readableError } from './readable-error.js'
import { isMochaTimeout, titlePath } from './mocha-internals.js'
import { scopeStorage, type ModuleContext } from './module-context.js'

/** What was going on when a test or hook failed. */
export interface FailureMoment {
  /** What its function threw: mocha replaces `undefined` and the like by an Error. */
  thrown?: { value: unknown }
  /** What it was waiting for at its timeout. */
  pending?: NamedCall | undefined
}

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
  readonly #context: ModuleContext
  readonly #moments = new WeakMap<Mocha.Runnable, FailureMoment>()

  constructor(firstRole: string, context: ModuleContext, listener: RunnableListener) {
    this.#scopes = new InitialScopes(firstRole, context)
    this.#context = context
    this.#listener = listener
  }

  /** Returns what is known of a failure besides its error. */
  momentOf(runnable: Mocha.Runnable): FailureMoment {
    return this.#moments.get(runnable) ?? {}
  }

  /**
   * Replaces the `run` of a test or hook; call it before mocha does, such as on its `test` and `hook` events.
   * @param test - the test that it is, or that the hook runs for
   */
  wrapRun(runnable: Mocha.Runnable, test: Mocha.Test | undefined): void {
    runnable.run = done => {
      const restored = this.#context.network.enter(test)
      if (restored) void restored.then(() => run(done))
      else run(done)
    }
    const run = (done: (error?: unknown) => void): void => {
      const { scope, close } = this.#open(runnable, test)
      const restore = this.#watchFunction(runnable)
      this.#listener.begin(runnable, scope)
      withoutCallSites(() =>
        scopeStorage.run(scope, () =>
          Mocha.Runnable.prototype.run.call(runnable, thrown => {
            scopeStorage.run(undefined, () => {
              const error = readableError(thrown)
              restore(error)
              if (isMochaTimeout(error)) this.#note(runnable, { pending: whatIsAwaited(this.#context, scope.owner) })
              close()
              const branches = endBranches(scope, error, this.momentOf(runnable).thrown)
              // Always, or failures that are left would count for the next attempt.
              const soft = takeSoftFailure(runnable)
              const failure: unknown = error ?? branches.failure ?? soft
              this.#listener.end(runnable, scope)
              if (failure === undefined || failure === null) done()
              else void this.#listener.failing(runnable, branches.quiet).then(() => done(failure))
            })
          }),
        ),
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

  /** Records what a test or hook threw. */
  noteThrown(runnable: Mocha.Runnable, value: unknown): void {
    this.#note(runnable, { thrown: { value } })
  }

  #note(runnable: Mocha.Runnable, moment: FailureMoment): void {
    this.#moments.set(runnable, { ...this.#moments.get(runnable), ...moment })
  }

  /** Tracks the function itself: mocha forgets it at the timeout. */
  #watchFunction(runnable: Mocha.Runnable): (error: unknown) => void {
    const { fn } = runnable
    if (!fn) return () => {}
    const running = this.#running
    const title = titlePath(runnable).join(' › ')
    const watchDone = (done: unknown): unknown => this.#watchDone(runnable, done)
    const fail = (value: unknown): void => {
      this.noteThrown(runnable, value)
      running.delete(runnable)
    }
    runnable.fn = function (this: Mocha.Context, ...args: Parameters<Mocha.Func>) {
      running.set(runnable, title)
      const [done, ...others] = args
      try {
        const result: unknown = Reflect.apply(fn, this, fn.length === 0 ? args : [watchDone(done), ...others])
        if (isThenable(result)) result.then(() => running.delete(runnable), fail)
        else if (fn.length === 0) running.delete(runnable)
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

  /** An error that `done` is called with may have no stack that leads to the test. */
  #watchDone(runnable: Mocha.Runnable, done: unknown): unknown {
    if (typeof done !== 'function') return done
    return (value?: unknown): unknown => {
      if (value !== undefined && value !== null) {
        const place = callerPlace(this.#context)
        if (place) this.#context.thrown.record(value, place)
        this.noteThrown(runnable, value)
      }
      return Reflect.apply(done, undefined, [value])
    }
  }
}

/** What a test or hook waits for: WebdriverIO, or another branch. */
function whatIsAwaited(context: ModuleContext, owner: ScopeOwner): NamedCall | undefined {
  return pendingCall(context, owner) ?? pendingWait(owner)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Returns the failures that `expect.soft` collected, which nothing else would report, and clears them. */
function takeSoftFailure(runnable: Mocha.Runnable): unknown {
  const service = SoftAssertService.getInstance()
  const errors = service.getFailures(softAssertId(runnable)).map(failure => failure.error)
  try {
    service.assertNoFailures(softAssertId(runnable))
    return undefined
  } catch (error) {
    // Its own stack leads to this function.
    return Object.assign(error as Error, { errors, stack: '' })
  } finally {
    service.clearFailures(softAssertId(runnable))
    service.clearCurrentTest()
  }
}

function softAssertId(runnable: Mocha.Runnable): string {
  return titlePath(runnable).join('\n')
}
