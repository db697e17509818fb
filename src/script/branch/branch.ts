import type { SourceLocation } from '../../error/baton-error.js'
import type { BranchEnd, WaitKind } from '../../event/run-event.js'
import type { DeviceScope, ScopeOwner } from '../device-scope.js'
import type { ModuleContext } from '../module-context.js'

/**
 * A function that runs on its own device, alongside others in the same test or hook. Branches form a tree: the test or
 * hook itself is the main branch, and each call of `parallel` or `start` adds children. A branch is live until its
 * function has returned, even if it was stopped before.
 */
export interface Branch {
  /** The role that it was started with; undefined for the main branch. */
  readonly role: string | undefined
  /** Where the user's code started it. */
  readonly place: SourceLocation | undefined
  readonly parent: Branch | undefined
  readonly testScope: TestScope
  /** The branches started by the same call. */
  readonly group: BranchGroup | undefined
  readonly scope: DeviceScope
  /** Roles that no other branch may use; see held-devices.ts. The main branch holds none. */
  readonly heldRoles: Set<string>
  /** What it is waiting for; several if the branch itself runs things at the same time. */
  readonly waits: Set<BranchWait>
  state: BranchState
  /** Why it failed. */
  failure: { error: unknown } | undefined
  /** Whether other code awaits its end, or did. */
  awaited: boolean
  /** Where it was when it was first stopped. */
  stoppedAt: SourceLocation | { stack: string } | undefined
}

export type BranchState = 'live' | BranchEnd

/** The branches that one call started. */
export interface BranchGroup {
  /** As the user wrote it. */
  readonly call: 'parallel()' | 'start()'
  readonly branches: Branch[]
}

/** One wait of a branch in Baton's own API: at a barrier, for a signal, or for other branches. */
export interface BranchWait {
  readonly branch: Branch
  readonly kind: WaitKind
  /** Name of the barrier or signal; roles of the awaited branches, joined by commas. */
  readonly name: string
  readonly place: SourceLocation | undefined
  /** Whether it ends only after everything that it waits for has ended, as in `parallel`. */
  readonly structured: boolean
  readonly promise: Promise<unknown>
  /** Who is still missing, for messages. */
  readonly missing: () => string[]
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * One round of a barrier, from the first arrival to the last. In a loop, the same name starts another round, so that a
 * fast branch can't meet the previous round.
 */
export interface BarrierRound {
  readonly name: string
  /** Who has to arrive: all branches of one `parallel`, or these roles. */
  readonly members: BranchGroup | readonly string[]
  /** By branch, or by role if `members` are roles. */
  readonly arrived: Map<Branch | string, BranchWait>
}

/** All branches of one test or hook, and the signals and barriers that they share. */
export class TestScope {
  readonly main: Branch
  /** The main branch first, then in starting order, without those in `forget`. */
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

  /** Records that a branch has ended. If it is the main branch, the test has. */
  end(branch: Branch, how: BranchEnd): void {
    branch.state = how
    this.live.delete(branch)
  }

  /** Drops branches whose end was awaited, and their children, so that a long loop doesn't collect them. */
  forget(ended: readonly Branch[]): void {
    this.branches = this.branches.filter(branch => !ended.some(each => isSameOrInside(branch, each)))
  }
}

const branchesByOwner = new WeakMap<ScopeOwner, Branch>()

/** Returns the branch that a scope belongs to; creates the test scope if the test has none yet. */
export function branchOf(context: ModuleContext, scope: DeviceScope): Branch {
  return branchesByOwner.get(scope.owner) ?? new TestScope(context, outermostScope(scope)).main
}

/** Returns the branch of a test, hook or branch function; undefined if the test never used branches. */
export function findBranch(owner: ScopeOwner): Branch | undefined {
  return branchesByOwner.get(owner)
}

/** The scope of the whole test, hook or branch that a scope belongs to. */
function outermostScope(inner: DeviceScope): DeviceScope {
  let scope = inner
  while (scope.parent?.owner === scope.owner) scope = scope.parent
  return scope
}

/** Adds a live branch; all code that runs in `scope` belongs to it. */
export function addBranch(start: Pick<Branch, 'role' | 'place' | 'parent' | 'testScope' | 'group' | 'scope'>): Branch {
  const branch: Branch = {
    ...start,
    heldRoles: new Set(start.role === undefined ? [] : [start.role]),
    waits: new Set(),
    state: 'live',
    failure: undefined,
    awaited: false,
    stoppedAt: undefined,
  }
  branchesByOwner.set(branch.scope.owner, branch)
  branch.testScope.branches.push(branch)
  branch.testScope.live.add(branch)
  branch.group?.branches.push(branch)
  return branch
}

/** Whether `branch` is `other`, or one of its descendants. */
export function isSameOrInside(branch: Branch, other: Branch): boolean {
  for (let above: Branch | undefined = branch; above; above = above.parent) if (above === other) return true
  return false
}

/** Its name in messages and events: `alice`; in another branch `alice › carol`; empty for the main branch. */
export function branchName(branch: Branch): string {
  const above = branch.parent ? branchName(branch.parent) : ''
  return branch.role === undefined ? '' : above === '' ? branch.role : `${above} › ${branch.role}`
}

/** The role that it acts as: its own, or for the main branch the active one. */
export function roleOf(branch: Branch): string {
  return branch.role ?? branch.scope.role
}
