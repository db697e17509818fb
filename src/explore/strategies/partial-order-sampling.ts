import type { Strategy } from '../operation.js'
import type { Random } from '../random.js'
import { highest } from './highest.js'

/**
 * Partial order sampling (Yuan, Yang, Gu: Partial Order Aware Concurrency Sampling, CAV 2018): each operation has a random
 * priority; those that depend on the one that ran get a new one. Favours orders that differ in what depends on each other.
 */
export function partialOrderSampling(random: Random): Strategy {
  const priorities = new Map<string, number>()
  return {
    pick(enabled) {
      for (const { id } of enabled) if (!priorities.has(id)) priorities.set(id, random.next())
      return highest(enabled, ({ id }) => priorities.get(id) ?? 0)
    },
    ran(operation, enabled) {
      for (const { id, entity } of enabled) {
        if (id !== operation.id && entity === operation.entity) priorities.set(id, random.next())
      }
    },
  }
}
