import { BatonError } from '../error/baton-error.js'

/**
 * Who holds the baton, as a chain of cells that follows the asynchronous context.
 *
 * A cell is what one branch of execution believes. `useDevice` writes the new role into its cell and into those above it
 * (so that a caller sees what its helper chose) and then enters a cell of its own below (so that a branch keeps its choice
 * whatever its siblings do). What can't be told apart is refused instead of driving the wrong phone: when a branch acts
 * under a choice that came from below, and that choice's branch then acts again, two branches share one baton.
 *
 * A pass costs a step for each one before it in the same test or hook: next to nothing for fifty, 0.3 to 0.5 ms for the thousandth.
 *
 * States of a cell: open → closed, when its test or hook is over; open → stopped, when another branch has failed. Either
 * refuses everything below as well.
 */
export interface Cell {
  readonly parent: Cell | undefined
  readonly owner: CellOwner
  /** Passes below this cell don't reach above it: the callback form, and branches of `parallel` and `start`. */
  readonly bounded: boolean
  role: string
  closed: boolean
  /** Why what runs below must not go on, though its test does; made anew for each refusal, so that each says where. */
  stopped: (() => BatonError) | undefined
  /** Entered in this very tick: a sibling that starts in the same tick must not be taken for its child. */
  fresh: boolean
  /** The cell below that chose `role`. */
  chosenBy: Cell | undefined
  /** An ancestor acted under the choice that this cell made. */
  followed: boolean
}

/** The test or hook that a cell belongs to. */
export interface CellOwner {
  readonly title: readonly string[]
  /** Stands for the execution of one module: what a past one still throws isn't blamed on the next. */
  readonly module: object
}

interface CellOptions {
  parent?: Cell
  bounded?: boolean
}

export function openCell(owner: CellOwner, role: string, options: CellOptions = {}): Cell {
  return {
    parent: options.parent,
    owner,
    bounded: options.bounded ?? false,
    role,
    closed: false,
    stopped: undefined,
    fresh: false,
    chosenBy: undefined,
    followed: false,
  }
}

/** Passes the baton in a branch; the branch goes on in the cell that is returned. The caller clears `fresh` a tick later. */
export function passBaton(cell: Cell, role: string): Cell {
  checkCell(cell)
  const base = baseOf(cell)
  const own = openCell(base.owner, role, { parent: base })
  own.fresh = true
  for (let above: Cell | undefined = base; above; above = above.bounded ? undefined : above.parent) {
    above.role = role
    above.chosenBy = own
  }
  return own
}

/**
 * A cell for the callback form: what happens in it stays in it.
 * @param owner - whom it belongs to; that of `cell` where none is given
 */
export function lendBaton(cell: Cell, role: string, owner?: CellOwner): Cell {
  checkCell(cell)
  const base = baseOf(cell)
  return openCell(owner ?? base.owner, role, { parent: base, bounded: true })
}

/**
 * The role that a branch means by `$` or `browser`. What acts in the tick of a pass did not await it: a sibling, as in
 * `Promise.all([passes(), acts()])`.
 */
export function consultCell(cell: Cell): string {
  checkCell(cell)
  const { chosenBy, role } = baseOf(cell)
  if (chosenBy) chosenBy.followed = true
  return role
}

/** @throws BatonError BATON_TEST_OVER, BATON_BRANCH_STOPPED, BATON_SHARED_BATON where this branch must not act */
export function checkCell(cell: Cell): void {
  let shared: Cell | undefined
  let stopped: Cell['stopped']
  for (let above: Cell | undefined = cell; above; above = above.parent) {
    if (above.closed) throw testOver(cell)
    stopped ??= above.stopped
    // A branch of `parallel` or `start` has a baton of its own, whatever becomes of that of its caller.
    if (above.followed && above.owner === cell.owner) shared ??= above
  }
  if (stopped) throw stopped()
  if (shared) throw sharedBaton(shared)
}

/** The owner of the branch that an error of `checkCell` (BATON_TEST_OVER) stopped. */
export function ownerOfError(error: unknown): CellOwner | undefined {
  return error instanceof BatonError ? stopped.get(error) : undefined
}

const stopped = new WeakMap<BatonError, CellOwner>()

function baseOf(cell: Cell): Cell {
  return cell.fresh && cell.parent ? cell.parent : cell
}

/** What is thrown at a branch whose test or hook has ended. */
export function testOver(cell: Cell): BatonError {
  const error = new BatonError(
    'BATON_TEST_OVER',
    `'${cell.owner.title.join(' › ')}' is over and still sends commands`,
    {
      hint: 'is an `await` missing in it, or did it pass its timeout?',
    },
  )
  stopped.set(error, cell.owner)
  return error
}

function sharedBaton(cell: Cell): BatonError {
  return new BatonError(
    'BATON_SHARED_BATON',
    `this branch passed the baton to '${cell.role}', and a branch that runs at the same time without a useDevice() of its own acted on '${cell.role}' too`,
    { hint: 'call useDevice() in every branch of a Promise.all, or await the call that passes the baton' },
  )
}
