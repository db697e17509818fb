import { openCell, type Cell, type CellOwner } from './baton-cell.js'

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
 * module's first role. A test with its `beforeEach` and `afterEach` hooks starts there and shares one cell; what they pass
 * ends with them. So it makes no difference which other tests run, or how often. Each test and hook has a cell of its
 * own below, closed at its end.
 */
export class TestCells {
  readonly #firstRole: string
  readonly #module: object
  readonly #bases = new Map<SuiteLike, string>()
  readonly #tests = new WeakMap<object, Cell>()

  /** @param module - see `CellOwner` */
  constructor(firstRole: string, module: object) {
    this.#module = module
    this.#firstRole = firstRole
  }

  /** Begins a test, or a `beforeEach` or `afterEach` hook of it. */
  beginInTest(runnable: RunnableLike, test: RunnableLike): Cell {
    const shared = this.#tests.get(test) ?? openCell(this.#owner(test), this.#baseOf(test.parent))
    this.#tests.set(test, shared)
    return openCell(this.#owner(runnable), shared.role, { parent: shared })
  }

  /** Begins a `before` or `after` hook. */
  beginInSuite(hook: RunnableLike): Cell {
    return openCell(this.#owner(hook), this.#baseOf(hook.parent))
  }

  endInSuite(hook: RunnableLike, cell: Cell): void {
    if (hook.parent) this.#bases.set(hook.parent, cell.role)
  }

  #owner(runnable: RunnableLike): CellOwner {
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
