import { createHash } from 'node:crypto'
import type { Operation } from './operation.js'
import { labelOf } from './operation-id.js'

type Ordered = Pick<Operation, 'id' | 'kind' | 'entity' | 'chain'>

/** Whether the order of two operations can make a difference: they concern the same entity, or one causes the other. */
export function dependsOn(
  one: Pick<Operation, 'entity' | 'chain'>,
  other: Pick<Operation, 'entity' | 'chain'>,
): boolean {
  return one.entity === other.entity || one.chain === other.chain
}

/**
 * Hash of the partial order in which operations ran: the order on each entity and in each chain. Iterations that differ
 * only in the order of independent operations have the same hash. Names of chains don't count, and neither does how often
 * a wait looks while nothing else happens to its device.
 * @param operations - in the order in which they ran
 */
export function partialOrderHash(operations: readonly Ordered[]): string {
  const sequences = new Map<string, string[]>()
  for (const { id, kind, entity, chain } of operations) {
    const name = kind === 'poll' ? labelOf(id) : id
    for (const key of [`entity ${entity}`, `chain ${chain}`]) {
      const sequence = sequences.get(key) ?? []
      sequences.set(key, sequence)
      if (kind !== 'poll' || sequence.at(-1) !== name) sequence.push(name)
    }
  }
  const texts = [...sequences].map(([key, ids]) => JSON.stringify([key.startsWith('entity') ? key : 'chain', ...ids]))
  return createHash('sha256').update(texts.toSorted().join('\n')).digest('hex').slice(0, 16)
}
