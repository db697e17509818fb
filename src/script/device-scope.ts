import { BatonError } from '../error/baton-error.js'

/**
 * Which device is active, as a chain of scopes that follows the asynchronous context.
 *
 * `useDevice` writes the new role into the current scope and those above it, so that a caller sees what its helper chose.
 * Then it enters a new scope below, so that its own code keeps the choice whatever its siblings do. If it is unclear
 * which device code means, Baton refuses instead of driving the wrong phone: when code above acts on a role that a scope
 * below chose, and then the code of that scope acts again, both share one baton.
 *
 * A scope is open, then closed when its test or hook is over. A branch that is stopped gets `createStopError`. Either one
 * also refuses all scopes below.
 *
 * A pass costs one step for each earlier pass in the same test or hook: next to nothing for fifty, 0.3 to 0.5 ms for the
 * thousandth.
 */
export interface DeviceScope {
  readonly parent: DeviceScope | undefined
  readonly owner: ScopeOwner
  /** Choices below this scope don't reach above it: for the callback form, and branches of `parallel` and `start`. */
  readonly isolated: boolean
  role: string
  closed: boolean
  /** Set if code below must stop although its test continues. Creates a new error each time, with the current stack. */
  createStopError: (() => BatonError) | undefined
  /** Entered in the current tick: a sibling that starts in the same tick is not its child. */
  enteredThisTick: boolean
  /** The scope below that chose `role`. */
  chosenBy: DeviceScope | undefined
  /** Whether code above acted on the role that this scope chose. */
  usedByAncestor: boolean
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
  return {
    parent: options.parent,
    owner,
    isolated: options.isolated ?? false,
    role,
    closed: false,
    createStopError: undefined,
    enteredThisTick: false,
    chosenBy: undefined,
    usedByAncestor: false,
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
  const own = createScope(base.owner, role, { parent: base })
  own.enteredThisTick = true
  for (let above: DeviceScope | undefined = base; above; above = above.isolated ? undefined : above.parent) {
    above.role = role
    above.chosenBy = own
  }
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
  const { chosenBy, role } = baseOf(scope)
  if (chosenBy) chosenBy.usedByAncestor = true
  return role
}

/**
 * Checks that code in a scope may act on a device.
 * @throws BatonError BATON_TEST_OVER if its test or hook is over, BATON_BRANCH_STOPPED if its branch was stopped,
 *   BATON_SHARED_BATON if other code acts on the role that it chose
 */
export function assertUsable(scope: DeviceScope): void {
  let shared: DeviceScope | undefined
  let createStopError: DeviceScope['createStopError']
  for (let above: DeviceScope | undefined = scope; above; above = above.parent) {
    if (above.closed) throw testOverError(scope)
    createStopError ??= above.createStopError
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
