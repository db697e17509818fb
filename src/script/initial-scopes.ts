import { createScope, type DeviceScope, type ScopeOwner } from './device-scope.js'
import { titlePath } from './mocha-internals.js'

/** What is read of mocha's suites. */
export interface SuiteLike {
  parent?: SuiteLike | undefined
}

/** What is read of mocha's tests and hooks. */
export interface RunnableLike {
  parent?: SuiteLike | undefined
  titlePath(): string[]
}

/**
 * Creates the scopes in which tests and hooks start.
 *
 * Each suite has an initial role: the one that its `before` hooks left active, else that of its parent suite, else the
 * module's first role. A test and its `beforeEach` and `afterEach` hooks start with it and share one scope, so their
 * choices end with them: it makes no difference which other tests run, or how often.
 */
export class InitialScopes {
  readonly #firstRole: string
  readonly #module: object
  readonly #suiteRoles = new Map<SuiteLike, string>()
  readonly #tests = new WeakMap<object, DeviceScope>()

  /** @param module - see `ScopeOwner` */
  constructor(firstRole: string, module: object) {
    this.#module = module
    this.#firstRole = firstRole
  }

  /** Creates the scope of a test, or of a `beforeEach` or `afterEach` hook of it. */
  scopeInTest(runnable: RunnableLike, test: RunnableLike): DeviceScope {
    const shared = this.#tests.get(test) ?? createScope(this.#owner(test), this.#roleOf(test.parent))
    this.#tests.set(test, shared)
    return createScope(this.#owner(runnable), shared.role, { parent: shared })
  }

  /** Creates the scope of a `before` or `after` hook. */
  scopeInSuite(hook: RunnableLike): DeviceScope {
    return createScope(this.#owner(hook), this.#roleOf(hook.parent))
  }

  /** Makes the role that a `before` or `after` hook left active the suite's initial one. */
  saveSuiteRole(hook: RunnableLike, scope: DeviceScope): void {
    if (hook.parent) this.#suiteRoles.set(hook.parent, scope.role)
  }

  #owner(runnable: RunnableLike): ScopeOwner {
    return { title: titlePath(runnable), module: this.#module }
  }

  #roleOf(suite: SuiteLike | undefined): string {
    if (!suite) return this.#firstRole
    const known = this.#suiteRoles.get(suite)
    if (known !== undefined) return known
    const role = this.#roleOf(suite.parent)
    this.#suiteRoles.set(suite, role)
    return role
  }
}
