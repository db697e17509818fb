import type { Operation, OperationKind, Strategy } from '../../../src/explore/operation.js'

/** `entity` may be left out: `server`. */
export type ModelChain = readonly { id: string; entity?: string; kind?: OperationKind }[]

export interface ModelStep {
  operation: Operation
  enabled: readonly Operation[]
}

/** Operations as a scheduler would make them: of each chain, the next one can happen. Names chains `chain 1`, `chain 2`, … */
export function runModel(chains: readonly ModelChain[], strategy: Strategy): ModelStep[] {
  const at = chains.map(() => 0)
  const steps: ModelStep[] = []
  for (;;) {
    const enabled = chains.flatMap((chain, i) => {
      const next = chain[at[i] ?? 0]
      return next ? [operationOf(next, `chain ${i + 1}`, i)] : []
    })
    if (enabled.length === 0) return steps
    const operation = strategy.pick(enabled)
    strategy.ran?.(operation, enabled)
    at[chains.findIndex((_, i) => operation.chain === `chain ${i + 1}`)]! += 1
    steps.push({ operation, enabled })
  }
}

export function idsOf(steps: readonly ModelStep[]): string[] {
  return steps.map(({ operation }) => operation.id)
}

/** Chains with ids such as `a1`, `a2`, `b1`, all of the server. */
export function chainsOf(...lengths: readonly number[]): ModelChain[] {
  return lengths.map((length, i) =>
    Array.from({ length }, (_, n) => ({ id: `${String.fromCodePoint(97 + i)}${n + 1}` })),
  )
}

export function operationOf(step: ModelChain[number], chain: string, seq = 0): Operation {
  return { id: step.id, kind: step.kind ?? 'request', role: 'alice', entity: step.entity ?? 'server', chain, seq }
}
