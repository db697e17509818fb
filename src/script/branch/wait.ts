import type { SourceLocation } from '../../error/baton-error.js'
import { runOutsideTests } from '../module-context.js'
import { branchName, roleOf, type Branch, type BranchWait } from './branch.js'
import { registerBatonPromise } from './branch-activity.js'
import { branchEventFields } from './branch-events.js'
import { checkForDeadlock } from './deadlock.js'

export interface WaitOptions extends Pick<BranchWait, 'kind' | 'name' | 'place'> {
  missing?: BranchWait['missing']
  structured?: boolean
}

/** Timers for the deadlines of waits. */
export interface DeadlineTimers {
  /** @param ms - milliseconds @returns undefined to use real time */
  start(branch: Branch, ms: number, act: () => void): object | undefined
  stop(timer: object): void
}

let deadlineTimers: DeadlineTimers | undefined

/** While a module is explored, its deadlines are not in real time. @param timers - undefined: real time again */
export function setDeadlineTimers(timers: DeadlineTimers | undefined): void {
  deadlineTimers = timers
}

interface Settle {
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** A wait that has started: emits events about it, and checks for a deadlock. */
export class PendingWait implements BranchWait {
  readonly promise: Promise<unknown>
  readonly kind: BranchWait['kind']
  readonly name: string
  readonly place: SourceLocation | undefined
  readonly missing: BranchWait['missing']
  readonly structured: boolean
  #settle: Settle | undefined
  #stopTimer = (): void => {}
  readonly #traced: ((failure?: { error: unknown }) => void) | undefined

  constructor(
    readonly branch: Branch,
    { kind, name, place, missing = () => [], structured = false }: WaitOptions,
  ) {
    this.kind = kind
    this.name = name
    this.place = place
    this.missing = missing
    this.structured = structured
    this.promise = new Promise<unknown>((resolve, reject) => (this.#settle = { resolve, reject }))
    registerBatonPromise(this.promise)
    branch.waits.add(this)
    this.#traced = this.#trace()
    this.#emit('branch:wait')
    checkForDeadlock(branch.testScope)
  }

  resolve(value: unknown): void {
    this.#end()?.resolve(value)
  }

  reject(error: unknown): void {
    this.#end({ error })?.reject(error)
  }

  /** @param ms - milliseconds; undefined for no deadline */
  failAfter(ms: number | undefined, createError: () => Error): void {
    if (ms === undefined || !this.#settle) return
    const fail = (): void => this.reject(createError())
    // Outside the branch: Baton's own deadline doesn't count as something that may wake it.
    runOutsideTests(() => {
      const timers = deadlineTimers
      const timer = timers?.start(this.branch, ms, fail)
      if (timer) {
        this.#stopTimer = () => timers?.stop(timer)
        return
      }
      const realTimer = setTimeout(fail, ms)
      this.#stopTimer = () => clearTimeout(realTimer)
    })
  }

  #end(failure?: { error: unknown }): Settle | undefined {
    const settle = this.#settle
    if (!settle) return undefined
    this.#settle = undefined
    this.#stopTimer()
    this.branch.waits.delete(this)
    this.#traced?.(failure)
    this.#emit('branch:resume')
    return settle
  }

  /** Whom it waits for: a branch that arrives at a barrier does not count itself, nor one that waits for its own role. */
  #trace(): ((failure?: { error: unknown }) => void) | undefined {
    const { branch, kind, name, place } = this
    const own = branchName(branch)
    const others = kind === 'branch' ? name.split(', ') : this.missing()
    const waitsFor = others.filter(other => other !== own && other !== roleOf(branch))
    return branch.testScope.context.trace?.startWait({
      branch: own,
      role: roleOf(branch),
      on: kind,
      name,
      for: waitsFor,
      location: place,
    })
  }

  #emit(type: 'branch:wait' | 'branch:resume'): void {
    const { branch, kind, name, place } = this
    branch.testScope.context.emit({ type, ...branchEventFields(branch, place), on: kind, name })
  }
}

/** Settles a wait with the result of an action that Baton runs outside the branch. */
export function settleWhenDone(wait: BranchWait, act: () => Promise<unknown>): void {
  void runOutsideTests(() =>
    act().then(
      value => wait.resolve(value),
      error => wait.reject(error),
    ),
  )
}
