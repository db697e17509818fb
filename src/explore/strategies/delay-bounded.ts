import type { Strategy } from '../operation.js'
import type { Profile } from '../profile.js'
import { sample, type Random } from '../random.js'
import { firstOf } from './highest.js'
import { replayHolds } from './replay-holds.js'

interface DelayContext {
  random: Random
  /** Decisions of an iteration, about. */
  steps: number
  profile: Profile | undefined
  /** Counts the iterations that use this strategy, from 0. */
  position: number
}

/**
 * Natural order with a few delays, as delay-bounded scheduling has (Emmi, Qadeer, Rakamarić, POPL 2011). A delayed operation
 * waits until one that depends on it has overtaken it: most races are such a pair. With a profile, each pair is tried once,
 * and then `delays` random ones together.
 */
export function delayBounded(delays: number, { random, steps, profile, position }: DelayContext): Strategy {
  const pairs = profile?.reversals ?? []
  if (pairs.length === 0) return randomDelays(random, steps, delays)
  const next = pairs[position]
  return replayHolds(next ? [next] : [...sample(random, delays, pairs.length)].flatMap(index => pairs[index] ?? []))
}

/** At random decisions, the operation that would run waits. */
function randomDelays(random: Random, steps: number, delays: number): Strategy {
  const delaysAt = sample(random, delays, steps)
  const delayed = new Map<string, string>()
  let decision = 0
  return {
    pick(enabled) {
      const free = enabled.filter(({ id }) => !delayed.has(id))
      const [next] = free
      if (!next || enabled.length < 2 || !delaysAt.has(decision++)) return next ?? firstOf(enabled)
      delayed.set(next.id, next.entity)
      return free[1] ?? firstOf(enabled.filter(({ id }) => id !== next.id))
    },
    ran({ id, kind, entity }) {
      delayed.delete(id)
      if (kind === 'poll') return
      for (const [id, each] of delayed) if (each === entity) delayed.delete(id)
    },
  }
}
