import type { Strategy } from '../operation.js'
import { sample, type Random } from '../random.js'
import { highest } from './highest.js'

/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): each chain has a random priority, the highest one
 * runs; at `depth - 1` random decisions, the chain that would run falls behind all others.
 * @param steps - decisions of an iteration, about
 */
export function priorityChanges(random: Random, steps: number, depth: number): Strategy {
  const changes = sample(random, depth - 1, steps)
  const priorities = new Map<string, number>()
  const priorityOf = ({ chain }: { chain: string }): number => priorities.get(chain) ?? 0
  let decision = 0
  let lowest = 0
  return {
    pick(enabled) {
      for (const { chain } of enabled) if (!priorities.has(chain)) priorities.set(chain, 1 + random.next())
      const best = highest(enabled, priorityOf)
      if (enabled.length < 2 || !changes.has(decision++)) return best
      priorities.set(best.chain, --lowest)
      return highest(enabled, priorityOf)
    },
  }
}
