import { formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { registerBatonPromise } from './branch-activity.js'
import { checkForDeadlock } from './deadlock.js'
import { runOutsideTests } from '../module-context.js'
import { branchName, type Branch, type BranchWait } from './branch.js'

export interface WaitOptions extends Pick<BranchWait, 'kind' | 'name' | 'place'> {
  missing?: BranchWait['missing']
  structured?: boolean
}

/** Lets a branch wait: it is told of, and looked at for a deadlock. */
export class PendingWait implements BranchWait {
  readonly promise: Promise<unknown>
  readonly kind: BranchWait['kind']
  readonly name: string
  readonly place: SourceLocation | undefined
  readonly missing: BranchWait['missing']
  readonly structured: boolean
  #settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined
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
    this.#tell('branch:wait')
    checkForDeadlock(branch.testScope)
  }

  resolve(value: unknown): void {
    this.#end()?.resolve(value)
  }

  reject(error: unknown): void {
    this.#end()?.reject(error)
  }

  /** @param ms - milliseconds; none where undefined */
  failAfter(ms: number | undefined, error: () => Error): void {
    if (ms === undefined || !this.#settle) return
    // Outside of the branch: a deadline of Baton's own is nothing that could wake it.
    runOutsideTests(() => {
      this.#timer = setTimeout(() => this.reject(error()), ms)
    })
  }

  #end(): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined {
    const settle = this.#settle
    if (!settle) return undefined
    this.#settle = undefined
    clearTimeout(this.#timer)
    this.branch.waits.delete(this)
    this.#tell('branch:resume')
    return settle
  }

  #tell(type: 'branch:wait' | 'branch:resume'): void {
    const { kind, name, place, branch } = this
    const { context } = branch.testScope
    const role = branch.role ?? branch.scope.role
    const device = context.roles.get(role)?.session.device.name ?? role
    context.emit({
      type,
      branch: branchName(branch),
      role,
      device,
      on: kind,
      name,
      ...(place ? { place: formatLocation(place) } : {}),
    })
  }
}

/** Ends a wait as what Baton itself does meanwhile ends. */
export function settleWhenDone(wait: BranchWait, act: () => Promise<unknown>): void {
  void runOutsideTests(() =>
    act().then(
      value => wait.resolve(value),
      error => wait.reject(error),
    ),
  )
}
