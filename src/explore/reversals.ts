import { parseOperationId } from './operation-id.js'
import type { Operation } from './operation.js'
import type { Hold } from './schedule.js'

/** More are not tried one by one. */
const maxReversals = 100
const maxDistance = 30

interface RanOperation extends Operation {
  /** Of a message that others can't overtake: the connection that it came by. */
  connection: string | undefined
}

/**
 * Finds operations that could have changed places in an iteration: they depend on each other, neither has led to the other,
 * and they are not messages of one connection.
 */
export class Reversals {
  readonly #ran: RanOperation[] = []
  /** Operation → the one after which it became possible: it is likely to have led to it. */
  readonly #causes = new Map<string, string | undefined>()
  /** Role and path → how many WebSockets were opened. */
  readonly #opened = new Map<string, number>()
  #last: string | undefined

  /**
   * Sees each operation that runs, as a strategy does.
   * @param isChoice - false: nothing could be chosen until now
   */
  ran(operation: Operation, enabled: readonly Operation[], isChoice: boolean): void {
    for (const { id } of enabled) if (!this.#causes.has(id)) this.#causes.set(id, this.#last)
    this.#last = operation.id
    const connection = this.#connectionOf(operation)
    if (isChoice && operation.kind !== 'poll') this.#ran.push({ ...operation, connection })
  }

  /** Each pair as a hold: the first one waits until the second one has run. Messages before commands, neighbours first. */
  pairs(): Hold[] {
    return this.#ran
      .flatMap((first, i) => this.#pairsWith(first, this.#ran.slice(i + 1)))
      .toSorted((one, other) => one.rank - other.rank)
      .slice(0, maxReversals)
      .map(({ operation, until }) => ({ operation, until }))
  }

  #pairsWith(first: RanOperation, later: readonly RanOperation[]): (Hold & { rank: number })[] {
    // Races are between messages more often than between what users do.
    const base = first.kind === 'command' ? 1_000 : 0
    return later
      .filter(({ entity }) => entity === first.entity)
      .slice(0, maxDistance)
      .map((second, distance) => ({ second, rank: base + distance }))
      .filter(({ second }) => this.#canOvertake(second, first))
      .map(({ second, rank }) => ({ operation: first.id, until: second.id, rank }))
  }

  #canOvertake(second: RanOperation, first: RanOperation): boolean {
    if (first.chain === second.chain) return false
    if (first.connection !== undefined && first.connection === second.connection) return false
    for (let id = this.#causes.get(second.id); id !== undefined; id = this.#causes.get(id)) {
      if (id === first.id) return false
    }
    return true
  }

  #connectionOf({ id, role, kind }: Operation): string | undefined {
    if (!['open', 'sent', 'received', 'event', 'close'].includes(kind)) return undefined
    const { target = '', isUp } = parseOperationId(id) ?? {}
    const place = `${role} ${target}`
    const opened = (this.#opened.get(place) ?? 0) + (kind === 'open' && isUp ? 1 : 0)
    this.#opened.set(place, opened)
    return `${place} ${isUp ? 'up' : 'down'} ${opened}`
  }
}
