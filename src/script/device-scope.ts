import { BatonError } from '../error/baton-error.js'

/**
 * Which device is active, as a chain of scopes that follows the asynchronous context.
 *
 * `useDevice` chooses the role of the current scope and those above it, so that a caller sees what its helper chose. It
 * enters a new scope below, so that its own code keeps the choice whatever its siblings do. If it is unclear
 * which device code means, Baton refuses instead of driving the wrong phone: when code above acts on a role that a scope
 * below chose, and then the code of that scope acts again, both share one baton.
 *
 * A scope is open, then closed when its test or hook is over. A branch that is stopped gets `createStopError`. Either one
 * also refuses all scopes below.
 *
 * Nothing is written into the scopes above, because a test may pass the baton thousands of times: each scope finds the
 * latest pass below it when it is asked.
 */
export interface DeviceScope {
  readonly parent: DeviceScope | undefined
  readonly owner: ScopeOwner
  /** The role that is active for this scope. */
  readonly role: string
  /** Set on the scope of a test, hook or branch, which ends it and all scopes below. */
  closed: boolean
  /**
   * Set on the scope of a branch, if code below must stop although its test continues. Creates a new error each time, with
   * the current stack.
   */
  createStopError: (() => BatonError) | undefined
  /** Entered in the current tick: a sibling that starts in the same tick is not its child. */
  enteredThisTick: boolean
  /** Whether code above acted on the role that this scope chose. It has no scopes below then, except isolated ones. */
  usedByAncestor: boolean
  /** The nearest scope at or above this one that ends by itself: of a test, hook, branch or callback. */
  readonly endsWith: DeviceScope
  /** The scope below that chose `role`; undefined if none did. */
  latestPass(): DeviceScope | undefined
}

/** The test, hook or branch that a scope belongs to. */
export interface ScopeOwner {
  readonly title: readonly string[]
  /** Identifies the run of one module, so that late errors of a previous module aren't blamed on the next one. */
  readonly module: object
}

interface ScopeOptions {
  parent?: DeviceScope
  isolated?: boolean
}

/** @param role - the device that is active at first */
export function createScope(owner: ScopeOwner, role: string, options: ScopeOptions = {}): DeviceScope {
  return new Scope(owner, role, options.parent as Scope | undefined, options.isolated ? 'isolated' : 'shared')
}

/** `pass`: entered with a pass of the baton. `shared`: of a test or hook, whose passes others see. */
type ScopeKind = 'pass' | 'shared' | 'isolated'

class Scope implements DeviceScope {
  readonly endsWith: Scope
  /** The nearest scope at or above this one whose passes don't reach above it. */
  readonly boundary: Scope
  closed = false
  createStopError: (() => BatonError) | undefined
  enteredThisTick = false
  usedByAncestor = false
  /** Of a boundary: all passes below it, oldest first. */
  readonly passes: Scope[] = []
  readonly #firstRole: string
  readonly #depth: number
  /** A scope further above, so that any of them is reached in few steps. */
  readonly #jump: Scope
  #latest: Scope | undefined
  /** How many passes of the boundary were considered for `#latest`. */
  #considered: number

  constructor(
    readonly owner: ScopeOwner,
    role: string,
    readonly parent: Scope | undefined,
    kind: ScopeKind,
  ) {
    this.#firstRole = role
    this.boundary = parent && kind !== 'isolated' ? parent.boundary : this
    this.endsWith = parent && kind === 'pass' ? parent.endsWith : this
    this.#considered = this.boundary.passes.length
    this.#depth = parent ? parent.#depth + 1 : 0
    // As in a skew-binary list: jumps of equal lengths are joined to one.
    this.#jump = parent ? Scope.#jumpBelow(parent) : this
  }

  get role(): string {
    return (this.latestPass() ?? this).#firstRole
  }

  latestPass(): Scope | undefined {
    const { passes } = this.boundary
    for (let index = passes.length - 1; index >= this.#considered; index--) {
      const pass = passes[index]
      if (!pass || !Scope.#isBelow(pass, this)) continue
      this.#latest = pass
      break
    }
    this.#considered = passes.length
    return this.#latest
  }

  static #jumpBelow(parent: Scope): Scope {
    const above = parent.#jump
    return parent.#depth - above.#depth === above.#depth - above.#jump.#depth ? above.#jump : parent
  }

  static #isBelow(scope: Scope, other: Scope): boolean {
    if (scope === other) return false
    let above = scope
    while (above.#depth > other.#depth) {
      above = above.#jump.#depth >= other.#depth ? above.#jump : (above.parent ?? above)
    }
    return above === other
  }
}

/**
 * Makes a role the active one.
 * @returns the scope to enter; the caller resets its `enteredThisTick` one tick later
 * @throws as `assertUsable`
 */
export function passBaton(scope: DeviceScope, role: string): DeviceScope {
  assertUsable(scope)
  const base = baseOf(scope)
  const own = new Scope(base.owner, role, base as Scope, 'pass')
  own.enteredThisTick = true
  own.boundary.passes.push(own)
  return own
}

/**
 * Creates a scope for the callback form or a branch: what is chosen in it stays in it.
 * @param owner - default: the owner of `scope`
 * @throws as `assertUsable`
 */
export function createIsolatedScope(scope: DeviceScope, role: string, owner?: ScopeOwner): DeviceScope {
  assertUsable(scope)
  const base = baseOf(scope)
  return createScope(owner ?? base.owner, role, { parent: base, isolated: true })
}

/**
 * Returns the role that `$` and `browser` mean. Code that acts in the tick of a `useDevice` did not await it: it is a
 * sibling, as in `Promise.all([passes(), acts()])`.
 * @throws as `assertUsable`
 */
export function resolveRole(scope: DeviceScope): string {
  assertUsable(scope)
  const base = baseOf(scope)
  const chosenBy = base.latestPass()
  if (chosenBy) chosenBy.usedByAncestor = true
  return base.role
}

/**
 * Checks that code in a scope may act on a device.
 * @throws BatonError BATON_TEST_OVER if its test or hook is over, BATON_BRANCH_STOPPED if its branch was stopped,
 *   BATON_SHARED_BATON if other code acts on the role that it chose
 */
export function assertUsable(scope: DeviceScope): void {
  let shared: DeviceScope | undefined
  let createStopError: DeviceScope['createStopError']
  for (let above: DeviceScope | undefined = scope; above; above = above.endsWith.parent) {
    const { closed, createStopError: stopped } = above.endsWith
    if (closed) throw testOverError(scope)
    createStopError ??= stopped
    // Scopes of other owners don't count: a branch has its own baton.
    if (above.usedByAncestor && above.owner === scope.owner) shared ??= above
  }
  if (createStopError) throw createStopError()
  if (shared) throw sharedBatonError(shared)
}

const ownersOfErrors = new WeakMap<BatonError, ScopeOwner>()

/** Returns the test, hook or branch whose code got a BATON_TEST_OVER error. */
export function ownerOfError(error: unknown): ScopeOwner | undefined {
  return error instanceof BatonError ? ownersOfErrors.get(error) : undefined
}

/** The error for code that acts after its test or hook has ended. */
export function testOverError(scope: DeviceScope): BatonError {
  const title = scope.owner.title.join(' › ')
  const error = new BatonError('BATON_TEST_OVER', `'${title}' has ended but still sends commands`, {
    hint: 'is an `await` missing in it, or did it time out?',
  })
  ownersOfErrors.set(error, scope.owner)
  return error
}

function sharedBatonError({ role }: DeviceScope): BatonError {
  return new BatonError(
    'BATON_SHARED_BATON',
    `this code made '${role}' active with useDevice(), and code that runs at the same time without its own useDevice() acted on '${role}', too`,
    { hint: 'call useDevice() in every function of a Promise.all, or await the call that passes the baton' },
  )
}

function baseOf(scope: DeviceScope): DeviceScope {
  return scope.enteredThisTick && scope.parent ? scope.parent : scope
}
