import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { Cell, CellOwner } from '../baton-cell.js'
import type { ModuleContext } from '../module-context.js'
import type { BranchEnd, BranchWait } from '../../event/run-event.js'

/**
 * What runs at the same time in one test or hook, as a tree: the test itself, the branches that it began with `parallel`
 * or `start`, those that they began, and so on. A strand is live until its function has ended, however it is stopped.
 *
 * Who may act on a device: a branch holds the role that it was begun with, and each that it takes with `useDevice`, until
 * it ends. It may take what no other live strand holds; from those above it, which lend what they have, it may take
 * everything that they don't act on just now.
 */
export interface Strand {
  /** Undefined: the test or hook itself. */
  readonly role: string | undefined
  /** Where it was begun. */
  readonly place: SourceLocation | undefined
  readonly parent: Strand | undefined
  readonly ensemble: Ensemble
  /** The branches begun by the same call. */
  readonly group: StrandGroup | undefined
  readonly cell: Cell
  /** Roles that it has for itself; of the test itself none. */
  readonly held: Set<string>
  /** What it waits for; several where it has forked by means of its own. */
  readonly waits: Set<Wait>
  state: StrandState
  /** Why it failed. */
  failure: { error: unknown } | undefined
  /** Somebody waits for its end, or did. */
  awaited: boolean
  /** Where it was refused to go on. */
  stoppedAt: SourceLocation | { stack: string } | undefined
  /** The command that it sent last. */
  lastCommand: SentCommand | undefined
  /** Where it last called for one, as far as that is known. */
  lastCall: CallSite | undefined
}

/** From where something was called. Its stack is made into text when it is asked for. */
export interface CallSite {
  /** What was called there, where that is known. */
  called?: string
  stack?: string
}

export interface SentCommand {
  command: string
  from: CallSite
  /** Where the user's line is lost in that: others that may have it, the nearest first. */
  within: CallSite[]
}

/** One of Baton's own waits, from where a strand comes to it until it may go on. */
export interface Wait {
  readonly strand: Strand
  /** `branch`: until branches have ended. */
  readonly kind: BranchWait
  /** Of the barrier or signal; of the branches that are waited for, joined by commas. */
  readonly name: string
  readonly place: SourceLocation | undefined
  /** It ends only when all that it waits for has ended. */
  readonly structured: boolean
  readonly promise: Promise<unknown>
  /** Who has not come yet, for messages. */
  readonly missing: () => string[]
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * One round of a barrier: from the first who comes until all have. The same name in a loop begins another round, so that
 * nobody who is quick meets those of the round before.
 */
export interface BarrierRound {
  readonly name: string
  /** Who comes: all branches of one `parallel`, or these roles. */
  readonly members: StrandGroup | readonly string[]
  /** By who they come as: the branch, or the role. */
  readonly arrived: Map<Strand | string, Wait>
}

export type StrandState = 'live' | BranchEnd

export interface StrandGroup {
  /** As the user wrote it. */
  readonly call: 'parallel()' | 'start()'
  readonly strands: Strand[]
}

/** What runs in one test or hook, and what that shares. */
export class Ensemble {
  readonly root: Strand
  /** The root first, then in the order in which they began; those whose end somebody has waited for are forgotten. */
  strands: Strand[] = []
  readonly live = new Set<Strand>()
  readonly signals = new Map<string, unknown>()
  readonly barriers: BarrierRound[] = []

  constructor(
    readonly context: ModuleContext,
    cell: Cell,
  ) {
    const none = { role: undefined, place: undefined, parent: undefined, group: undefined }
    this.root = addStrand({ ...none, ensemble: this, cell })
  }

  /** Ends a strand; the end of the root is that of the test. */
  end(strand: Strand, how: BranchEnd): void {
    strand.state = how
    this.live.delete(strand)
  }

  /** Nobody asks for these again, nor for what they began. */
  forget(ended: readonly Strand[]): void {
    this.strands = this.strands.filter(strand => !ended.some(each => isWithin(strand, each)))
  }
}

const strands = new WeakMap<CellOwner, Strand>()

/** The strand that a cell belongs to; that of its test or hook begins with the first look at it. */
export function strandOf(context: ModuleContext, cell: Cell): Strand {
  return strands.get(cell.owner) ?? beginEnsemble(context, cell)
}

/** The strand that a cell belongs to, where its test or hook has any. */
export function knownStrand(owner: CellOwner): Strand | undefined {
  return strands.get(owner)
}

function beginEnsemble(context: ModuleContext, below: Cell): Strand {
  let cell = below
  while (cell.parent?.owner === cell.owner) cell = cell.parent
  return new Ensemble(context, cell).root
}

/** Begins a strand; whatever runs in `cell` belongs to it. */
export function addStrand(begun: Pick<Strand, 'role' | 'place' | 'parent' | 'ensemble' | 'group' | 'cell'>): Strand {
  const held = new Set(begun.role === undefined ? [] : [begun.role])
  const strand: Strand = {
    ...begun,
    held,
    waits: new Set(),
    state: 'live',
    failure: undefined,
    awaited: false,
    stoppedAt: undefined,
    lastCommand: undefined,
    lastCall: undefined,
  }
  strands.set(strand.cell.owner, strand)
  strand.ensemble.strands.push(strand)
  strand.ensemble.live.add(strand)
  strand.group?.strands.push(strand)
  return strand
}

/** Whether `strand` is `other` or was begun, however far up, by it. */
export function isWithin(strand: Strand, other: Strand): boolean {
  for (let above: Strand | undefined = strand; above; above = above.parent) if (above === other) return true
  return false
}

/** As messages and events name it: `alice`; inside of another branch `alice › carol`; the test itself has no name. */
export function nameOfStrand(strand: Strand): string {
  const above = strand.parent ? nameOfStrand(strand.parent) : ''
  return strand.role === undefined ? '' : above === '' ? strand.role : `${above} › ${strand.role}`
}

/**
 * Refuses a device that another live strand has for itself.
 * @param act - what was about to happen, for the message: `useDevice('bob')`
 * @throws BatonError BATON_DEVICE_HELD
 */
export function checkHeld(strand: Strand, role: string, act: string, place?: SourceLocation): void {
  for (const other of strand.ensemble.live) {
    if (other.held.has(role) && !isWithin(strand, other)) throw held(other, role, act, place)
  }
}

/**
 * Takes a role for a branch, until it ends.
 * @returns gives the role back early
 * @throws BatonError BATON_DEVICE_HELD where another branch has it, or a strand above acts on it just now
 */
export function takeRole(strand: Strand, role: string, act: string, place?: SourceLocation): () => void {
  checkHeld(strand, role, act, place)
  if (strand.role === undefined || strand.held.has(role)) return () => {}
  for (let above = strand.parent; above; above = above.parent) {
    const waits = [...above.waits].some(({ kind }) => kind === 'branch')
    if (!waits && above.cell.role === role) throw held(above, role, act, place)
  }
  strand.held.add(role)
  return () => strand.held.delete(role)
}

function held(by: Strand, role: string, act: string, place: SourceLocation | undefined): BatonError {
  const begun = by.place ? `, begun at ${formatLocation(by.place)}` : ''
  const who = by.role === undefined ? 'the test itself, which goes on' : `the branch '${nameOfStrand(by)}'${begun}`
  const { stackTraceLimit } = Error
  // A command is many frames of WebdriverIO away from the line that sent it.
  Error.stackTraceLimit = 60
  // No `device`: the one that failed is that of whoever reached for this one.
  const error = new BatonError('BATON_DEVICE_HELD', `${act} means a device that is held by ${who}`, {
    hint: 'act on it in that branch, or once that branch has ended',
    ...(place ? { place } : {}),
  })
  Error.stackTraceLimit = stackTraceLimit
  return error
}
