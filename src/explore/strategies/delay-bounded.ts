import type { Strategy } from '../operation.js'
import { sample, type Random } from '../random.js'
import { firstOf } from './highest.js'

/**
 * Delay-bounded scheduling (Emmi, Qadeer, Rakamarić, POPL 2011): natural order, but at `delays` random decisions, the
 * operation that would run waits until nothing else can happen.
 * @param steps - decisions of an iteration, about
 */
export function delayBounded(random: Random, steps: number, delays: number): Strategy {
  const delaysAt = sample(random, delays, steps)
  const delayed = new Set<string>()
  let decision = 0
  return {
    pick(enabled) {
      const [next, second] = [
        ...enabled.filter(({ id }) => !delayed.has(id)),
        ...enabled.filter(({ id }) => delayed.has(id)),
      ]
      if (!next || !second || !delaysAt.has(decision++)) return next ?? firstOf(enabled)
      delayed.add(next.id)
      return second
    },
  }
}
