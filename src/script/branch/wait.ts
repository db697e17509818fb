import { formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { noteOwnPromise } from './branch-activity.js'
import { lookForDeadlock } from './deadlock.js'
import { outsideOfTests } from '../module-context.js'
import { nameOfStrand, type Strand, type Wait } from './strand.js'

export interface WaitOptions extends Pick<Wait, 'kind' | 'name' | 'place'> {
  missing?: Wait['missing']
  structured?: boolean
}

/** Lets a strand wait: it is told of, and looked at for a deadlock. */
export class StrandWait implements Wait {
  readonly promise: Promise<unknown>
  readonly kind: Wait['kind']
  readonly name: string
  readonly place: SourceLocation | undefined
  readonly missing: Wait['missing']
  readonly structured: boolean
  #settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(
    readonly strand: Strand,
    { kind, name, place, missing = () => [], structured = false }: WaitOptions,
  ) {
    this.kind = kind
    this.name = name
    this.place = place
    this.missing = missing
    this.structured = structured
    this.promise = new Promise<unknown>((resolve, reject) => (this.#settle = { resolve, reject }))
    noteOwnPromise(this.promise)
    strand.waits.add(this)
    this.#tell('branch:wait')
    lookForDeadlock(strand.ensemble)
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
    outsideOfTests(() => {
      this.#timer = setTimeout(() => this.reject(error()), ms)
    })
  }

  #end(): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined {
    const settle = this.#settle
    if (!settle) return undefined
    this.#settle = undefined
    clearTimeout(this.#timer)
    this.strand.waits.delete(this)
    this.#tell('branch:resume')
    return settle
  }

  #tell(type: 'branch:wait' | 'branch:resume'): void {
    const { kind, name, place, strand } = this
    const { context } = strand.ensemble
    const role = strand.role ?? strand.cell.role
    const device = context.roles.get(role)?.session.device.name ?? role
    const branchName = nameOfStrand(strand)
    context.emit({
      type,
      branch: branchName,
      role,
      device,
      on: kind,
      name,
      ...(place ? { place: formatLocation(place) } : {}),
    })
  }
}

/** Ends a wait as what Baton itself does meanwhile ends. */
export function settleWith(wait: Wait, act: () => Promise<unknown>): void {
  void outsideOfTests(() =>
    act().then(
      value => wait.resolve(value),
      error => wait.reject(error),
    ),
  )
}
