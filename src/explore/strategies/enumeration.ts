import type { Operation, Strategy } from '../operation.js'
import { dependsOn } from '../partial-order.js'
import { firstOf } from './highest.js'

/** How often an order is tried that could not be repeated up to its last choice. */
const maxAttempts = 2

/** What could run at one step of the current order, and what was tried there. */
interface Choice {
  /** Ids, in natural order. */
  readonly options: string[]
  /** The last one is that of the current order. */
  readonly tried: string[]
  /** Would lead to an order that is known: see `Enumeration`. */
  readonly asleep: ReadonlySet<string>
  /** Options that could not be reached again. */
  readonly unreachable: Set<string>
}

/**
 * Tries all orders, depth first: each iteration repeats the previous one up to its last choice with something left to try.
 * The first one is natural order. Sleep sets (Godefroid, 1996) avoid orders that differ only in independent operations:
 * an operation that was tried sleeps until one runs on which its place depends.
 */
export class Enumeration {
  /** Operations of which more than one could run, in the longest order so far. */
  points = 0
  readonly #path: Choice[] = []
  /** Orders that could not be repeated up to the choice that was to be tried. */
  #missed = 0
  #attempts = 0
  #hasBegun = false
  #reachedEnd = true

  /** @returns the strategy of the next iteration; undefined if there is nothing left to try */
  next(): Strategy | undefined {
    if (this.#hasBegun && !this.#advance()) return undefined
    this.#hasBegun = true
    this.#attempts++
    this.#reachedEnd = this.#path.length === 0
    return this.#strategy()
  }

  /** Orders that are known and were not tried. There may be more of them behind each. */
  get left(): number {
    const current = this.#reachedEnd ? 0 : 1
    return this.#missed + current + this.#path.reduce((sum, choice) => sum + untried(choice).length, 0)
  }

  #advance(): boolean {
    const last = this.#path.at(-1)
    if (last && !this.#reachedEnd) {
      if (this.#attempts < maxAttempts) return true
      const option = last.tried.pop()
      if (option !== undefined) last.unreachable.add(option)
      this.#missed++
    }
    for (let choice = this.#path.at(-1); choice; choice = this.#path.at(-1)) {
      const [option] = untried(choice)
      if (option !== undefined) {
        choice.tried.push(option)
        this.#attempts = 0
        return true
      }
      this.#path.pop()
    }
    return false
  }

  #strategy(): Strategy {
    const repeated = this.#path.length
    let step = 0
    let points = 0
    let asleep: ReadonlySet<string> = new Set()
    /** False: the rest is natural order, and nothing is learned from it. */
    let isKnown = true
    return {
      pick: enabled => {
        if (!isKnown) return firstOf(enabled)
        const expected = step < repeated ? this.#path[step]?.tried.at(-1) : undefined
        const chosen = enabled.find(({ id }) => (expected === undefined ? !asleep.has(id) : id === expected))
        return chosen ?? firstOf(enabled)
      },
      ran: (operation, enabled) => {
        if (!isKnown) return
        const choice = step < repeated ? this.#path[step] : this.#add(operation, enabled, asleep)
        isKnown = choice?.tried.at(-1) === operation.id
        if (!choice || !isKnown) return
        for (const { id } of enabled) if (!choice.options.includes(id)) choice.options.push(id)
        asleep = stillAsleep(choice, operation, enabled)
        step++
        if (step >= repeated) this.#reachedEnd = true
        if (enabled.length > 1) points += 1
        this.points = Math.max(this.points, points)
      },
    }
  }

  /** @returns undefined if the rest of the order is known */
  #add(operation: Operation, enabled: readonly Operation[], asleep: ReadonlySet<string>): Choice | undefined {
    if (asleep.has(operation.id)) return undefined
    const options = enabled.map(({ id }) => id)
    const choice = { options, tried: [operation.id], asleep, unreachable: new Set<string>() }
    this.#path.push(choice)
    return choice
  }
}

function untried({ options, tried, asleep, unreachable }: Choice): string[] {
  return options.filter(id => !tried.includes(id) && !asleep.has(id) && !unreachable.has(id))
}

/** What sleeps after an operation: what slept or was tried before it, unless its place depends on the operation. */
function stillAsleep({ asleep, tried }: Choice, operation: Operation, enabled: readonly Operation[]): Set<string> {
  const before = new Set([...asleep, ...tried.slice(0, -1)])
  return new Set(enabled.flatMap(each => (before.has(each.id) && !dependsOn(each, operation) ? [each.id] : [])))
}
