import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import type { DeviceScope, ScopeOwner } from '../device-scope.js'
import type { ModuleContext } from '../module-context.js'
import type { BranchEnd, WaitKind } from '../../event/run-event.js'

/**
 * What runs at the same time in one test or hook, as a tree: the test itself, the branches that it began with `parallel`
 * or `start`, those that they began, and so on. A branch is live until its function has ended, however it is stopped.
 *
 * Who may act on a device: a branch holds the role that it was begun with, and each that it takes with `useDevice`, until
 * it ends. It may take what no other live branch holds; from those above it, which lend what they have, it may take
 * everything that they don't act on just now.
 */
export interface Branch {
  /** Undefined: the test or hook itself. */
  readonly role: string | undefined
  /** Where it was begun. */
  readonly place: SourceLocation | undefined
  readonly parent: Branch | undefined
  readonly testScope: TestScope
  /** The branches begun by the same call. */
  readonly group: BranchGroup | undefined
  readonly scope: DeviceScope
  /** Roles that it has for itself; of the test itself none. */
  readonly heldRoles: Set<string>
  /** What it waits for; several where it has forked by means of its own. */
  readonly waits: Set<BranchWait>
  state: BranchState
  /** Why it failed. */
  failure: { error: unknown } | undefined
  /** Somebody waits for its end, or did. */
  awaited: boolean
  /** Where it was refused to go on. */
  stoppedAt: SourceLocation | { stack: string } | undefined
  /** The command that it sent last. */
  lastCommand: SentCommand | undefined
  /** Where it last called for one, as far as that is known. */
  lastCallSite: CallSite | undefined
}

/** From where something was called. Its stack is made into text when it is asked for. */
export interface CallSite {
  /** What was called there, where that is known. */
  called?: string
  stack?: string
}

export interface SentCommand {
  command: string
  callSite: CallSite
  /** Where the user's line is lost in that: others that may have it, the nearest first. */
  outerCallSites: CallSite[]
}

/** One of Baton's own waits, from where a branch comes to it until it may go on. */
export interface BranchWait {
  readonly branch: Branch
  /** `branch`: until branches have ended. */
  readonly kind: WaitKind
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
  readonly members: BranchGroup | readonly string[]
  /** By who they come as: the branch, or the role. */
  readonly arrived: Map<Branch | string, BranchWait>
}

export type BranchState = 'live' | BranchEnd

export interface BranchGroup {
  /** As the user wrote it. */
  readonly call: 'parallel()' | 'start()'
  readonly branches: Branch[]
}

/** What runs in one test or hook, and what that shares. */
export class TestScope {
  readonly main: Branch
  /** The main first, then in the order in which they began; those whose end somebody has waited for are forgotten. */
  branches: Branch[] = []
  readonly live = new Set<Branch>()
  readonly signals = new Map<string, unknown>()
  readonly barriers: BarrierRound[] = []

  constructor(
    readonly context: ModuleContext,
    scope: DeviceScope,
  ) {
    const none = { role: undefined, place: undefined, parent: undefined, group: undefined }
    this.main = addBranch({ ...none, testScope: this, scope })
  }

  /** Ends a branch; the end of the main is that of the test. */
  end(branch: Branch, how: BranchEnd): void {
    branch.state = how
    this.live.delete(branch)
  }

  /** Nobody asks for these again, nor for what they began. */
  forget(ended: readonly Branch[]): void {
    this.branches = this.branches.filter(branch => !ended.some(each => isSameOrInside(branch, each)))
  }
}

const branchesByOwner = new WeakMap<ScopeOwner, Branch>()

/** The branch that a scope belongs to; that of its test or hook begins with the first look at it. */
export function branchOf(context: ModuleContext, scope: DeviceScope): Branch {
  return branchesByOwner.get(scope.owner) ?? createTestScope(context, scope)
}

/** The branch that a scope belongs to, where its test or hook has any. */
export function findBranch(owner: ScopeOwner): Branch | undefined {
  return branchesByOwner.get(owner)
}

function createTestScope(context: ModuleContext, below: DeviceScope): Branch {
  let scope = below
  while (scope.parent?.owner === scope.owner) scope = scope.parent
  return new TestScope(context, scope).main
}

/** Begins a branch; whatever runs in `scope` belongs to it. */
export function addBranch(begun: Pick<Branch, 'role' | 'place' | 'parent' | 'testScope' | 'group' | 'scope'>): Branch {
  const heldRoles = new Set(begun.role === undefined ? [] : [begun.role])
  const branch: Branch = {
    ...begun,
    heldRoles,
    waits: new Set(),
    state: 'live',
    failure: undefined,
    awaited: false,
    stoppedAt: undefined,
    lastCommand: undefined,
    lastCallSite: undefined,
  }
  branchesByOwner.set(branch.scope.owner, branch)
  branch.testScope.branches.push(branch)
  branch.testScope.live.add(branch)
  branch.group?.branches.push(branch)
  return branch
}

/** Whether `branch` is `other` or was begun, however far up, by it. */
export function isSameOrInside(branch: Branch, other: Branch): boolean {
  for (let above: Branch | undefined = branch; above; above = above.parent) if (above === other) return true
  return false
}

/** As messages and events name it: `alice`; inside of another branch `alice › carol`; the test itself has no name. */
export function branchName(branch: Branch): string {
  const above = branch.parent ? branchName(branch.parent) : ''
  return branch.role === undefined ? '' : above === '' ? branch.role : `${above} › ${branch.role}`
}

/**
 * Refuses a device that another live branch has for itself.
 * @param act - what was about to happen, for the message: `useDevice('bob')`
 * @throws BatonError BATON_DEVICE_HELD
 */
export function assertNotHeld(branch: Branch, role: string, act: string, place?: SourceLocation): void {
  for (const other of branch.testScope.live) {
    if (other.heldRoles.has(role) && !isSameOrInside(branch, other)) throw deviceHeldError(other, role, act, place)
  }
}

/**
 * Takes a role for a branch, until it ends.
 * @returns gives the role back early
 * @throws BatonError BATON_DEVICE_HELD where another branch has it, or a branch above acts on it just now
 */
export function holdRole(branch: Branch, role: string, act: string, place?: SourceLocation): () => void {
  assertNotHeld(branch, role, act, place)
  if (branch.role === undefined || branch.heldRoles.has(role)) return () => {}
  for (let above = branch.parent; above; above = above.parent) {
    const waits = [...above.waits].some(({ kind }) => kind === 'branch')
    if (!waits && above.scope.role === role) throw deviceHeldError(above, role, act, place)
  }
  branch.heldRoles.add(role)
  return () => branch.heldRoles.delete(role)
}

function deviceHeldError(by: Branch, role: string, act: string, place: SourceLocation | undefined): BatonError {
  const begun = by.place ? `, begun at ${formatLocation(by.place)}` : ''
  const who = by.role === undefined ? 'the test itself, which goes on' : `the branch '${branchName(by)}'${begun}`
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
