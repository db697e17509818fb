import { isMessageKind, type Operation } from '../../explore/operation.js'
import type { SourceLocation } from '../../error/baton-error.js'
import type { Branch } from '../branch/branch.js'
import type { UnnumberedOperation } from './operation-labels.js'

/** What asks to happen, and how it happens. */
export interface NewOperation extends UnnumberedOperation {
  /** Of a command; that of a message is known when it is admitted. */
  chain?: string
  /** Of a command. */
  branch?: Branch
  /** A command that changes nothing. */
  isRead?: boolean
  /** The user's line that led to it. */
  place?: (() => SourceLocation | undefined) | undefined
  go: () => void
}

export interface WaitingOperation extends Operation, NewOperation {
  chain: string
}

/** Operations that wait. They get their names when the devices have settled, so that it does not matter which was quicker. */
export class OperationQueue {
  #fresh: NewOperation[] = []
  #waiting: WaitingOperation[] = []
  readonly #occurrences = new Map<string, number>()
  #seq = 0
  #chains = 0

  get waiting(): readonly WaitingOperation[] {
    return this.#waiting
  }

  get hasMessages(): boolean {
    return [...this.#fresh, ...this.#waiting].some(({ branch }) => branch === undefined)
  }

  hasBranch(branch: Branch): boolean {
    return [...this.#fresh, ...this.#waiting].some(each => each.branch === branch)
  }

  add(operation: NewOperation): void {
    this.#fresh.push(operation)
  }

  /**
   * Names what has come since the last choice.
   * @param last - what ran: it has caused the first message that came
   */
  admit(last: (Operation & Pick<NewOperation, 'place'>) | undefined): void {
    const fresh = this.#fresh.toSorted((one, other) => (one.label < other.label ? -1 : one.label > other.label ? 1 : 0))
    this.#fresh = []
    let heritage = last && (isMessageKind(last.kind) || last.kind === 'timer') ? last.chain : undefined
    for (const operation of fresh) {
      let { chain } = operation
      if (chain === undefined) {
        chain = heritage ?? `messages ${++this.#chains}`
        heritage = undefined
      }
      const id = this.nextId(operation.label)
      this.count(operation.label)
      this.#seq += 1
      this.#waiting.push({ ...operation, id, chain, seq: this.#seq, place: operation.place ?? last?.place })
    }
  }

  /** Takes out the commands that change nothing: their order is no choice. */
  takeReads(): WaitingOperation[] {
    const reads = this.#waiting.filter(({ isRead }) => isRead)
    this.#waiting = this.#waiting.filter(({ isRead }) => !isRead)
    return reads
  }

  remove(operation: WaitingOperation): void {
    this.#waiting = this.#waiting.filter(each => each !== operation)
  }

  /** Takes out everything. */
  clear(): NewOperation[] {
    const all = [...this.#waiting, ...this.#fresh]
    this.#waiting = []
    this.#fresh = []
    return all
  }

  /** The values of a choice, as operations of which one runs at once. */
  choice(name: string, role: string, count: number): Operation[] {
    const label = `${name}:choose ${count}`
    const id = this.nextId(label)
    this.count(label)
    return Array.from({ length: count }, (_, value) => {
      const own = `${label} = ${value}${id.slice(label.length)}`
      return { id: own, kind: 'choice', role, entity: `choice ${id}`, chain: `choice ${own}`, seq: value }
    })
  }

  /** The id that the next operation with a label gets. */
  nextId(label: string): string {
    const count = (this.#occurrences.get(label) ?? 0) + 1
    return count === 1 ? label : `${label} #${count}`
  }

  /** How many operations there were of each label. */
  get counts(): ReadonlyMap<string, number> {
    return new Map(this.#occurrences)
  }

  count(label: string): void {
    this.#occurrences.set(label, (this.#occurrences.get(label) ?? 0) + 1)
  }
}

const ranks: Partial<Record<Operation['kind'], number>> = { poll: 1, command: 2, checkpoint: 2 }

/** What happens by itself: messages are quicker than waits, these than commands; the oldest first. */
export function inNaturalOrder(one: WaitingOperation, other: WaitingOperation): number {
  return (ranks[one.kind] ?? 0) - (ranks[other.kind] ?? 0) || one.seq - other.seq
}
