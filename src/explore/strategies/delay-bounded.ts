import type { Strategy } from '../operation.js'
import type { Profile } from '../profile.js'
import { sample, type Random } from '../random.js'
import type { Hold } from '../schedule.js'
import { firstOf } from './highest.js'
import { replayHolds } from './replay-holds.js'

/**
 * Once the likely pairs have been tried, every how many iterations it is the turn of an unlikely one. Few of them can be
 * reversed, so more turns would only make the others come later.
 */
const unlikelyEvery = 8

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
 * waits until one that depends on it has overtaken it: most races are such a pair. With a profile, each likely pair is tried
 * once, and then `delays` random ones together. Now and then an unlikely pair takes its turn.
 */
export function delayBounded(delays: number, { random, steps, profile, position }: DelayContext): Strategy {
  const likely = profile?.reversals ?? []
  const unlikely = profile?.unlikelyReversals ?? []
  const areMany = likely.length > delays
  const pairs = areMany ? likely : [...likely, ...unlikely]
  if (pairs.length === 0) return randomDelays(random, steps, delays)
  const next = pairs[position] ?? (areMany ? unlikelyAt(position - pairs.length, unlikely) : undefined)
  return replayHolds(next ? [next] : [...sample(random, delays, pairs.length)].flatMap(index => pairs[index] ?? []))
}

/** @param count - iterations since the likely pairs have all been tried */
function unlikelyAt(count: number, unlikely: readonly Hold[]): Hold | undefined {
  return (count + 1) % unlikelyEvery === 0 ? unlikely[(count + 1) / unlikelyEvery - 1] : undefined
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
