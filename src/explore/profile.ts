import { z } from 'zod'
import type { Operation } from './operation.js'
import { Reversals } from './reversals.js'
import { holdSchema } from './schedule.js'

const count = z.int().nonnegative()

/**
 * What one iteration showed about the size of a module. Some strategies need it. If the same seed is to give the same
 * schedule on every worker, all workers need the same profile: that of the natural order, for example.
 */
export const profileSchema = z.object({
  /** How often there was something to choose. */
  decisions: count,
  /** Id of the first operation of a chain → entity → how many of its operations ran from the first decision on. */
  chains: z.record(z.string(), z.record(z.string(), count)),
  /**
   * Operations that depend on each other and ran in this order, although they could probably have run in the other one: the
   * first one is held until the second one has run. Messages before commands, neighbours first.
   */
  reversals: z.array(holdSchema).exactOptional(),
  /** The same for pairs of which the first operation seems to have caused the second one. Absent: there are none. */
  unlikelyReversals: z.array(holdSchema).exactOptional(),
})
export type Profile = z.infer<typeof profileSchema>

/** Makes a profile of an iteration. Sees each operation that runs, as a strategy does. */
export class ProfileRecorder {
  #decisions = 0
  readonly #chains = new ChainNames()
  readonly #counts: Record<string, Record<string, number>> = {}
  readonly #reversals = new Reversals()

  ran(operation: Operation, enabled: readonly Operation[]): void {
    const name = this.#chains.nameOf(operation)
    if (enabled.length > 1) this.#decisions++
    this.#reversals.ran(operation, enabled, this.#decisions > 0)
    if (this.#decisions === 0) return
    const byEntity = (this.#counts[name] ??= {})
    byEntity[operation.entity] = (byEntity[operation.entity] ?? 0) + 1
  }

  profile(): Profile {
    const { likely, unlikely } = this.#reversals.pairs()
    return {
      decisions: this.#decisions,
      chains: structuredClone(this.#counts),
      reversals: likely,
      ...(unlikely.length > 0 && { unlikelyReversals: unlikely }),
    }
  }
}

/** Names that chains have in every iteration: the id of the first of their operations that ran. */
export class ChainNames {
  readonly #names = new Map<string, string>()

  nameOf({ chain, id }: Operation): string {
    const known = this.#names.get(chain)
    if (known !== undefined) return known
    this.#names.set(chain, id)
    return id
  }

  /** The same for an operation that has not run: if nothing of its chain has, it is the first one. */
  nameIfRan({ chain, id }: Operation): string {
    return this.#names.get(chain) ?? id
  }
}

/** Few enough orders to try them all. */
const fewOrders = 300

/** Whether trying all orders of a module takes about as long as a usual exploration. */
export function isSmall(profile: Profile): boolean {
  return ordersOf(profile) <= fewOrders
}

/** How many orders a module has, if its chains don't wait for each other. */
export function ordersOf({ chains }: Profile): number {
  return orderCount(
    Object.values(chains).map(byEntity => Object.values(byEntity).reduce((sum, count) => sum + count, 0)),
  )
}

/**
 * In how many ways chains can be interleaved: the multinomial coefficient.
 * @param lengths - operations of each chain: `[6, 6]` has 924 orders
 * @returns Infinity if there are too many for a number
 */
export function orderCount(lengths: readonly number[]): number {
  let orders = 1
  let total = 0
  for (const length of lengths) {
    // Each step is a binomial coefficient, so that the division leaves no remainder.
    for (let i = 1; i <= length; i++) {
      total++
      orders = (orders * total) / i
    }
  }
  return Number.isFinite(orders) ? Math.round(orders) : Infinity
}
