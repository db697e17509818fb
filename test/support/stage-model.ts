import type { ModuleResult } from '../../src/queue/module-result.js'
import type { Stage } from '../../src/lease/stage.js'

export type StageOutcome = 'passed' | 'failed' | 'skipped'

/**
 * How stages must end: a plain recursive model of what `Stage` promises, without time, queues or processes.
 * @param fails - stages with a module that fails, or is lost, when it is executed
 */
export function outcomesOf(stages: readonly Stage[], fails: ReadonlySet<string>): Map<string, StageOutcome> {
  const outcomes = new Map<string, StageOutcome>()
  const outcomeOf = (name: string): StageOutcome => {
    const known = outcomes.get(name)
    if (known) return known
    const stage = stages.find(candidate => candidate.name === name)
    const before = (stage?.after ?? []).map(edge => ({ ...edge, outcome: outcomeOf(edge.stage) }))
    const skipped = before.some(edge => edge.when === 'success' && edge.outcome !== 'passed')
    const outcome = skipped ? 'skipped' : fails.has(name) ? 'failed' : 'passed'
    outcomes.set(name, outcome)
    return outcome
  }
  for (const stage of stages) outcomeOf(stage.name)
  return outcomes
}

/** @returns module → verdict */
export function verdictsOf(results: readonly ModuleResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ module, verdict }) => [module, verdict]))
}
