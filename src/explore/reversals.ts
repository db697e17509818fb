import { parseOperationId } from './operation-id.js'
import type { Operation } from './operation.js'
import type { Hold } from './schedule.js'

/** More are not tried one by one. */
const maxReversals = 100
const maxDistance = 30

interface RanOperation extends Operation {
  /** Its place in the order in which all operations ran. */
  index: number
  /** Of a message that others can't overtake: the connection that it came by. */
  connection: string | undefined
}

interface Pair {
  first: RanOperation
  second: RanOperation
}

interface ReversalPairs {
  likely: Hold[]
  /** Those of which the first operation seems to have caused the second one. */
  unlikely: Hold[]
}

/**
 * Finds operations that could have changed places in an iteration: they depend on each other, and are neither of one chain
 * nor messages of one connection. If the first one seems to have caused the second one, the pair is unlikely. That is a
 * guess: what became possible after an operation can have another cause, such as a timer of the server.
 */
export class Reversals {
  readonly #byEntity = new Map<string, RanOperation[]>()
  /** Operation → index of the one after which it became possible; -1: it was at the start. */
  readonly #possibleAfter = new Map<string, number>()
  /** The same for each operation that ran, by its index: the one that is likely to have led to it. */
  readonly #causes: number[] = []
  /** Role and path → how many WebSockets were opened. */
  readonly #opened = new Map<string, number>()

  /**
   * Sees each operation that runs, as a strategy does.
   * @param isChoice - false: nothing could be chosen until now
   */
  ran(operation: Operation, enabled: readonly Operation[], isChoice: boolean): void {
    const index = this.#causes.length
    for (const { id } of enabled) if (!this.#possibleAfter.has(id)) this.#possibleAfter.set(id, index - 1)
    this.#causes.push(this.#possibleAfter.get(operation.id) ?? -1)
    const connection = this.#connectionOf(operation)
    if (!isChoice || operation.kind === 'poll') return
    const ran = this.#byEntity.get(operation.entity) ?? []
    ran.push({ ...operation, index, connection })
    this.#byEntity.set(operation.entity, ran)
  }

  /** Each pair as a hold: the first one waits until the second one has run. Messages before commands, neighbours first. */
  pairs(): ReversalPairs {
    const likely: Pair[] = []
    const unlikely: Pair[] = []
    for (const pair of this.#candidates()) {
      if (likely.length === maxReversals) break
      if (!canOvertake(pair)) continue
      if (!this.#seemsCaused(pair)) likely.push(pair)
      else if (unlikely.length < maxReversals) unlikely.push(pair)
    }
    return { likely: likely.map(holdOf), unlikely: unlikely.slice(0, maxReversals - likely.length).map(holdOf) }
  }

  /** Pairs that depend on each other, the best ones first. Lazy, because a long iteration has far more than are kept. */
  *#candidates(): Generator<Pair> {
    const places = [...this.#byEntity.values()]
      .flatMap(ran => ran.map((first, at) => ({ first, ran, at })))
      .toSorted((one, other) => one.first.index - other.first.index)
    // Races are between messages more often than between what users do.
    const isCommand = ({ first }: { first: Operation }): boolean => first.kind === 'command'
    for (const group of [places.filter(place => !isCommand(place)), places.filter(isCommand)]) {
      for (let distance = 1; distance <= maxDistance; distance++) {
        for (const { first, ran, at } of group) {
          const second = ran[at + distance]
          if (second) yield { first, second }
        }
      }
    }
  }

  #seemsCaused({ first, second }: Pair): boolean {
    let index = second.index
    while (index > first.index) index = this.#causes[index] ?? -1
    return index === first.index
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

function canOvertake({ first, second }: Pair): boolean {
  if (first.chain === second.chain) return false
  return first.connection === undefined || first.connection !== second.connection
}

function holdOf({ first, second }: Pair): Hold {
  return { operation: first.id, until: second.id }
}
