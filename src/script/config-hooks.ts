import { setOptions } from 'expect-webdriverio'
import type Mocha from 'mocha'
import { errorMessage } from '../error/error-text.js'
import { fixMatcherTimes } from './matcher-defaults.js'
import { wrapRunnables, type DescribedResult } from './wrap-runnables.js'
import type { Browser } from './module-context.js'
import { realDate } from './real-time.js'

/** Runs the hooks of a WebdriverIO configuration in a worker, as WebdriverIO's own runner does. */
export class ConfigHooks {
  /** The exported object; empty until the configuration is loaded. */
  #exported: Readonly<Record<string, unknown>> = {}
  /** A copy of it, which hooks may change. */
  #config: Readonly<Record<string, unknown>> = {}
  readonly #file: string
  readonly #names: ReadonlySet<string>
  /** Addresses of the module's files. */
  readonly #specs: string[]
  readonly #mapStack: (stack: string) => string

  /**
   * @param file - the configuration's name, for messages
   * @param names - the hooks that it has
   * @param specs - URLs of the module's file
   * @param mapStack - replaces locations in the compiled code by those in the source
   */
  constructor(
    { file, hooks }: { file: string; hooks: readonly string[] },
    specs: string[],
    mapStack: (stack: string) => string,
  ) {
    this.#file = file
    this.#names = new Set(hooks)
    this.#specs = specs
    this.#mapStack = mapStack
  }

  /** Wraps mocha's functions in a module's globals, so that each test and hook runs between the hooks for it. */
  wrapGlobals(globals: Record<string, unknown>): void {
    const wraps = (kind: string): boolean => this.#names.has(`before${kind}`) || this.#names.has(`after${kind}`)
    const around = (kind: 'Test' | 'Hook') => ({
      before: (args: unknown[]) => this.#run(`before${kind}`, args),
      after: (args: [...unknown[], DescribedResult]) => this.#run(`after${kind}`, args),
    })
    if (wraps('Test')) wrapRunnables(globals, ['it', 'specify', 'test'], { isHook: false, ...around('Test') })
    if (wraps('Hook')) {
      const names = ['before', 'beforeEach', 'after', 'afterEach', 'suiteSetup', 'setup', 'suiteTeardown', 'teardown']
      wrapRunnables(globals, names, { isHook: true, ...around('Hook') })
    }
  }

  /**
   * Runs `beforeSession`, and completes the options of browsers. Call it when the configuration is loaded, before other files.
   * @param exports - of its file
   * @param cid - what WebdriverIO calls the worker
   */
  async load(exports: Readonly<Record<string, unknown>>, browsers: readonly Browser[], cid: string): Promise<void> {
    const fallback = exports['default'] as { config?: unknown } | undefined
    this.#exported = (exports['config'] ?? fallback?.config ?? {}) as Record<string, unknown>
    this.#config = { ...this.#exported }
    const requested = browsers[0]?.requestedCapabilities
    await this.#run('beforeSession', [this.#config, requested, this.#specs, cid])
    for (const browser of browsers) {
      this.#completeOptions(browser)
      fixMatcherTimes(browser)
    }
    if (this.#names.has('beforeAssertion') || this.#names.has('afterAssertion')) {
      setOptions({
        beforeAssertion: params => this.#run('beforeAssertion', [params]),
        afterAssertion: params => this.#run('afterAssertion', [params]),
      })
    }
  }

  /** Adds `beforeSuite` and `afterSuite` as the last root hooks. */
  addSuiteHooks({ suite }: Mocha): void {
    const started = realDate()
    const add = (name: 'beforeSuite' | 'afterSuite', register: (fn: Mocha.AsyncFunc) => unknown): void => {
      if (!this.#names.has(name)) return
      register(() => this.#run(name, [describeSuite(name, suite.suites[0], started)]))
    }
    add('beforeSuite', fn => suite.beforeAll(fn))
    add('afterSuite', fn => suite.afterAll(fn))
  }

  async afterSession({ requestedCapabilities }: Browser): Promise<void> {
    await this.#run('afterSession', [this.#config, requestedCapabilities, this.#specs])
  }

  async before(browser: Browser): Promise<void> {
    await this.#run('before', [browser.requestedCapabilities, this.#specs, browser])
  }

  /** @param failures - how many tests and hooks have failed */
  async after(failures: number, browser: Browser): Promise<void> {
    await this.#run('after', [failures, browser.requestedCapabilities, this.#specs])
  }

  /**
   * Adds what specs find in `browser.options`: the configuration, also keys of its own, with what `beforeSession` changed.
   * WebdriverIO itself runs the command hooks.
   */
  #completeOptions({ options }: Browser): void {
    for (const [key, value] of Object.entries(this.#config)) {
      const isHook = key === 'beforeCommand' || key === 'afterCommand'
      if (isHook)
        Reflect.set(
          options,
          key,
          this.#hooks(key).map(hook => this.#guard(key, hook)),
        )
      else if (key !== 'capabilities' && this.#mayReplace(options, key)) Reflect.set(options, key, value)
    }
  }

  /** A device's own options win over the configuration. */
  #mayReplace(options: object, key: string): boolean {
    return !Object.hasOwn(options, key) || Reflect.get(options, key) === this.#exported[key]
  }

  #hooks(name: string): ((...args: unknown[]) => unknown)[] {
    const value = this.#config[name]
    const list: unknown[] = Array.isArray(value) ? value : [value]
    return list.filter(hook => typeof hook === 'function') as ((...args: unknown[]) => unknown)[]
  }

  /** WebdriverIO calls command hooks with the browser or element as `this`. */
  #guard(name: string, hook: (...args: unknown[]) => unknown): (...args: unknown[]) => Promise<unknown> {
    const report = (error: unknown): void => this.#report(name, error)
    return async function (this: unknown, ...args) {
      try {
        return await hook.apply(this, args)
      } catch (error) {
        report(error)
        return error
      }
    }
  }

  /**
   * Starts all functions of a hook at the same time. What they throw is printed and returned, as in WebdriverIO: it fails
   * nothing. Only `this.skip()` reaches the test.
   */
  async #run(name: string, args: readonly unknown[]): Promise<void> {
    await Promise.all(
      this.#hooks(name).map(async hook => {
        try {
          await hook.apply(this.#config, [...args])
        } catch (error) {
          if (/^(sync|async) skip; aborting execution$/.test(errorMessage(error))) throw error
          this.#report(name, error)
        }
      }),
    )
  }

  /** With the frames of the user's files only. */
  #report(name: string, error: unknown): void {
    const text = error instanceof Error ? this.#mapStack(error.stack ?? String(error)) : String(error)
    const lines = text.split('\n').filter(line => !/^\s+at .*(file:\/\/|node:|node_modules|<anonymous>)/.test(line))
    console.error(`${name} of ${this.#file} failed: ${lines.join('\n')}`)
  }
}

/** A suite as the hooks get it. */
function describeSuite(type: string, suite: Mocha.Suite | undefined, started: number): object {
  if (!suite) return { type }
  const duration =
    (suite as { duration?: number }).duration ?? (type === 'afterSuite' ? realDate() - started : undefined)
  const current = suite.ctx?.currentTest
  return {
    type,
    title: suite.title,
    parent: suite.parent?.title,
    fullTitle: suite.title,
    pending: suite.pending || false,
    file: suite.file,
    duration,
    body: undefined,
    ...(current && { currentTest: current.title }),
  }
}
