import type { Operation, Strategy } from '../operation.js'
import { ChainNames, type Profile } from '../profile.js'
import type { Random } from '../random.js'
import { firstOf } from './highest.js'

/**
 * Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury: Selectively Uniform Concurrency Testing, ASPLOS
 * 2025). A plain random walk rarely delays a short chain behind a long one. This one decides which chain makes the next
 * interesting operation by how many of them each chain still has: all orders of the interesting operations are about
 * equally likely. Interesting are those of one entity, chosen at random for each iteration. The others run in random
 * order, so that every order is possible.
 * @param profile - without it, every operation is interesting, and each chain is as likely as the others
 */
export function selectivelyUniform(random: Random, profile: Profile | undefined): Strategy {
  const target = chooseEntity(random, profile)
  const names = new ChainNames()
  const made = new Map<string, number>()
  let intended: string | undefined
  let decided = false
  const isInteresting = ({ entity }: Operation): boolean => target === undefined || entity === target
  /** How many interesting operations its chain still has, as far as known: at least the one that waits. */
  const remaining = (operation: Operation): number => {
    const before = sum(profile?.chains[names.nameIfRan(operation)], target)
    return Math.max(isInteresting(operation) ? 1 : 0, before - (made.get(operation.chain) ?? 0))
  }
  return {
    pick(enabled) {
      intended ??= chooseByWeight(random, enabled, remaining)?.chain
      const free = enabled.filter(each => !isInteresting(each) || each.chain === intended)
      if (free.length > 0) return free[random.below(free.length)] ?? firstOf(free)
      // The chosen chain waits for one of the others.
      const instead = chooseByWeight(random, enabled, remaining) ?? firstOf(enabled)
      intended = instead.chain
      return instead
    },
    ran(operation, enabled) {
      names.nameOf(operation)
      decided ||= enabled.length > 1
      if (!decided || !isInteresting(operation)) return
      made.set(operation.chain, (made.get(operation.chain) ?? 0) + 1)
      if (operation.chain === intended) intended = undefined
    },
  }
}

/** Only entities with operations of several chains have something to order. */
function chooseEntity(random: Random, profile: Profile | undefined): string | undefined {
  const chains = Object.values(profile?.chains ?? {}).flatMap(byEntity => Object.keys(byEntity))
  const shared = [...new Set(chains.filter((entity, i) => chains.indexOf(entity) !== i))].toSorted()
  return shared[random.below(shared.length)]
}

function sum(byEntity: Readonly<Record<string, number>> = {}, target?: string): number {
  if (target !== undefined) return byEntity[target] ?? 0
  return Object.values(byEntity).reduce((total, count) => total + count, 0)
}

function chooseByWeight(random: Random, enabled: readonly Operation[], weightOf: (operation: Operation) => number) {
  let point = random.next() * enabled.reduce((total, each) => total + weightOf(each), 0)
  return enabled.find(each => (point -= weightOf(each)) < 0)
}
