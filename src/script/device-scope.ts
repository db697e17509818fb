import { BatonError } from '../error/baton-error.js'

/**
 * Who holds the baton, as a chain of scopes that follows the asynchronous context.
 *
 * A scope is what one branch of execution believes. `useDevice` writes the new role into its scope and into those above it
 * (so that a caller sees what its helper chose) and then enters a scope of its own below (so that a branch keeps its choice
 * whatever its siblings do). What can't be told apart is refused instead of driving the wrong phone: when a branch acts
 * under a choice that came from below, and that choice's branch then acts again, two branches share one baton.
 *
 * A pass costs a step for each one before it in the same test or hook: next to nothing for fifty, 0.3 to 0.5 ms for the thousandth.
 *
 * States of a scope: open → closed, when its test or hook is over; open → stopped, when another branch has failed. Either
 * refuses everything below as well.
 */
export interface DeviceScope {
  readonly parent: DeviceScope | undefined
  readonly owner: ScopeOwner
  /** Passes below this scope don't reach above it: the callback form, and branches of `parallel` and `start`. */
  readonly isolated: boolean
  role: string
  closed: boolean
  /** Why what runs below must not go on, though its test does; made anew for each refusal, so that each says where. */
  createStopError: (() => BatonError) | undefined
  /** Entered in this very tick: a sibling that starts in the same tick must not be taken for its child. */
  enteredThisTick: boolean
  /** The scope below that chose `role`. */
  chosenBy: DeviceScope | undefined
  /** An ancestor acted under the choice that this scope made. */
  usedByAncestor: boolean
}

/** The test or hook that a scope belongs to. */
export interface ScopeOwner {
  readonly title: readonly string[]
  /** Stands for the execution of one module: what a past one still throws isn't blamed on the next. */
  readonly module: object
}

interface ScopeOptions {
  parent?: DeviceScope
  isolated?: boolean
}

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

/** Passes the baton in a branch; the branch goes on in the scope that is returned. The caller clears `fresh` a tick later. */
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
 * A scope for the callback form: what happens in it stays in it.
 * @param owner - whom it belongs to; that of `scope` where none is given
 */
export function createIsolatedScope(scope: DeviceScope, role: string, owner?: ScopeOwner): DeviceScope {
  assertUsable(scope)
  const base = baseOf(scope)
  return createScope(owner ?? base.owner, role, { parent: base, isolated: true })
}

/**
 * The role that a branch means by `$` or `browser`. What acts in the tick of a pass did not await it: a sibling, as in
 * `Promise.all([passes(), acts()])`.
 */
export function resolveRole(scope: DeviceScope): string {
  assertUsable(scope)
  const { chosenBy, role } = baseOf(scope)
  if (chosenBy) chosenBy.usedByAncestor = true
  return role
}

/** @throws BatonError BATON_TEST_OVER, BATON_BRANCH_STOPPED, BATON_SHARED_BATON where this branch must not act */
export function assertUsable(scope: DeviceScope): void {
  let shared: DeviceScope | undefined
  let stopped: DeviceScope['createStopError']
  for (let above: DeviceScope | undefined = scope; above; above = above.parent) {
    if (above.closed) throw testOverError(scope)
    stopped ??= above.createStopError
    // A branch of `parallel` or `start` has a baton of its own, whatever becomes of that of its caller.
    if (above.usedByAncestor && above.owner === scope.owner) shared ??= above
  }
  if (stopped) throw stopped()
  if (shared) throw sharedBatonError(shared)
}

/** The owner of the branch that an error of `assertUsable` (BATON_TEST_OVER) stopped. */
export function ownerOfError(error: unknown): ScopeOwner | undefined {
  return error instanceof BatonError ? ownersOfErrors.get(error) : undefined
}

const ownersOfErrors = new WeakMap<BatonError, ScopeOwner>()

function baseOf(scope: DeviceScope): DeviceScope {
  return scope.enteredThisTick && scope.parent ? scope.parent : scope
}

/** What is thrown at a branch whose test or hook has ended. */
export function testOverError(scope: DeviceScope): BatonError {
  const error = new BatonError(
    'BATON_TEST_OVER',
    `'${scope.owner.title.join(' › ')}' is over and still sends commands`,
    {
      hint: 'is an `await` missing in it, or did it pass its timeout?',
    },
  )
  ownersOfErrors.set(error, scope.owner)
  return error
}

function sharedBatonError(scope: DeviceScope): BatonError {
  return new BatonError(
    'BATON_SHARED_BATON',
    `this branch passed the baton to '${scope.role}', and a branch that runs at the same time without a useDevice() of its own acted on '${scope.role}' too`,
    { hint: 'call useDevice() in every branch of a Promise.all, or await the call that passes the baton' },
  )
}
