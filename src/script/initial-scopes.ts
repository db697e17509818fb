import { createScope, type DeviceScope, type ScopeOwner } from './device-scope.js'

/** What is read of mocha's suites, tests and hooks. */
export interface SuiteLike {
  parent?: SuiteLike | undefined
}

export interface RunnableLike {
  parent?: SuiteLike | undefined
  titlePath(): string[]
}

/**
 * Where the baton is when a test or hook begins.
 *
 * A suite has a base: the role on which its `before` hooks left the baton, else the base of the suite around it, else the
 * module's first role. A test with its `beforeEach` and `afterEach` hooks starts there and shares one scope; what they pass
 * ends with them. So it makes no difference which other tests run, or how often. Each test and hook has a scope of its
 * own below, closed at its end.
 */
export class InitialScopes {
  readonly #firstRole: string
  readonly #module: object
  readonly #bases = new Map<SuiteLike, string>()
  readonly #tests = new WeakMap<object, DeviceScope>()

  /** @param module - see `ScopeOwner` */
  constructor(firstRole: string, module: object) {
    this.#module = module
    this.#firstRole = firstRole
  }

  /** Begins a test, or a `beforeEach` or `afterEach` hook of it. */
  scopeInTest(runnable: RunnableLike, test: RunnableLike): DeviceScope {
    const shared = this.#tests.get(test) ?? createScope(this.#owner(test), this.#baseOf(test.parent))
    this.#tests.set(test, shared)
    return createScope(this.#owner(runnable), shared.role, { parent: shared })
  }

  /** Begins a `before` or `after` hook. */
  scopeInSuite(hook: RunnableLike): DeviceScope {
    return createScope(this.#owner(hook), this.#baseOf(hook.parent))
  }

  saveSuiteRole(hook: RunnableLike, scope: DeviceScope): void {
    if (hook.parent) this.#bases.set(hook.parent, scope.role)
  }

  #owner(runnable: RunnableLike): ScopeOwner {
    return { title: runnable.titlePath(), module: this.#module }
  }

  #baseOf(suite: SuiteLike | undefined): string {
    if (!suite) return this.#firstRole
    const known = this.#bases.get(suite)
    if (known !== undefined) return known
    const base = this.#baseOf(suite.parent)
    this.#bases.set(suite, base)
    return base
  }
}
