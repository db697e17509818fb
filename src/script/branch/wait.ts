import type { SourceLocation } from '../../error/baton-error.js'
import { runOutsideTests } from '../module-context.js'
import type { Branch, BranchWait } from './branch.js'
import { registerBatonPromise } from './branch-activity.js'
import { branchEventFields } from './branch-events.js'
import { checkForDeadlock } from './deadlock.js'

export interface WaitOptions extends Pick<BranchWait, 'kind' | 'name' | 'place'> {
  missing?: BranchWait['missing']
  structured?: boolean
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
  #timer: NodeJS.Timeout | undefined

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
    this.#emit('branch:wait')
    checkForDeadlock(branch.testScope)
  }

  resolve(value: unknown): void {
    this.#end()?.resolve(value)
  }

  reject(error: unknown): void {
    this.#end()?.reject(error)
  }

  /** @param ms - milliseconds; undefined for no deadline */
  failAfter(ms: number | undefined, createError: () => Error): void {
    if (ms === undefined || !this.#settle) return
    // Outside the branch: Baton's own deadline doesn't count as something that may wake it.
    runOutsideTests(() => {
      this.#timer = setTimeout(() => this.reject(createError()), ms)
    })
  }

  #end(): Settle | undefined {
    const settle = this.#settle
    if (!settle) return undefined
    this.#settle = undefined
    clearTimeout(this.#timer)
    this.branch.waits.delete(this)
    this.#emit('branch:resume')
    return settle
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
