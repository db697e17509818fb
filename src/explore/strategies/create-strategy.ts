import type { Strategy } from '../operation.js'
import type { Profile } from '../profile.js'
import { createRandom, type Random } from '../random.js'
import { delayBounded } from './delay-bounded.js'
import { firstOf } from './highest.js'
import { partialOrderSampling } from './partial-order-sampling.js'
import { priorityChanges } from './priority-changes.js'
import { selectivelyUniform } from './selectively-uniform.js'
import { delayPosition, parseStrategy, strategyOfSeed, type IterationStrategy } from './strategy-spec.js'

export interface StrategyContext {
  seed: number
  /** First seed of the whole exploration: `mix` runs it in natural order. */
  firstSeed?: number
  /** What an earlier iteration showed; `surw` is better with it. */
  profile?: Profile
}

/** Decisions of an iteration, unless known. */
const usualSteps = 24

/**
 * @param text - any strategy but `enumerate`, which needs what earlier iterations did: see `Enumeration`
 * @returns a strategy for one iteration; the same text and context give the same choices
 * @throws BatonError BATON_USAGE if it is not a strategy
 */
export function createStrategy(text: string, context: StrategyContext): Strategy {
  const { seed, firstSeed, profile } = context
  const chosen = parseStrategy(text)
  const spec = strategyOfSeed(chosen, seed, firstSeed)
  if (spec.name === 'enumerate') throw new Error("'enumerate' is not a strategy of one iteration")
  // Not below 8: a short first iteration may be followed by longer ones.
  const steps = Math.max(8, profile?.decisions ?? usualSteps)
  return strategyOf(spec, {
    random: createRandom(seed),
    steps,
    profile,
    position: delayPosition(chosen, seed, firstSeed),
  })
}

interface Parts {
  random: Random
  steps: number
  profile: Profile | undefined
  /** Of the iteration among those that use `delay`. */
  position: number
}

function strategyOf(spec: IterationStrategy, parts: Parts): Strategy {
  const { random, steps, profile } = parts
  if (spec.name === 'pct') return priorityChanges(random, steps, spec.depth)
  if (spec.name === 'delay') return delayBounded(spec.delays, parts)
  if (spec.name === 'pos') return partialOrderSampling(random)
  if (spec.name === 'surw') return selectivelyUniform(random, profile)
  if (spec.name === 'natural') return { pick: firstOf }
  return { pick: enabled => enabled[random.below(enabled.length)] ?? firstOf(enabled) }
}
