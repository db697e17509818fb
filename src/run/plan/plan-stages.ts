import type { Stage, StageEdge } from '../../lease/stage.js'
import type { Suite, SuiteOrder } from './test-plan.js'

/** The order of a plan, as the farm keeps it. */
export interface PlanStages {
  stages: Stage[]
  /** Suite → the stage of each of its modules, in their order; absent where the suite neither waits nor is waited for. */
  stagesOf: Map<string, string[]>
}

/** A suite as far as order goes. */
type Ordered = Pick<Suite, 'name' | 'order' | 'needs'>

/**
 * Turns suites into stages. A suite whose modules run at the same time is one stage; one whose modules run one after the other is a
 * chain of stages, and one more without modules that has passed when all of them have. Pure.
 * @param order - between suites: `sequential`: each begins when the one before it has ended, however it ended
 * @param moduleCounts - suite → number of its modules
 */
export function planStages(
  suites: readonly Ordered[],
  order: SuiteOrder,
  moduleCounts: ReadonlyMap<string, number>,
): PlanStages {
  const stages: Stage[] = []
  const stagesOf = new Map<string, string[]>()
  const waitedFor = new Set(suites.flatMap(suite => suite.needs))
  for (const [index, suite] of suites.entries()) {
    const previous = order === 'sequential' ? suites[index - 1]?.name : undefined
    const needs = suite.needs.map((stage): StageEdge => needOf(suite.name, stage))
    const begins: StageEdge[] = previous === undefined ? needs : [...needs, { stage: nameOf(previous), when: 'end' }]
    if (suite.order === 'sequential') {
      const chain = chainOf(suite.name, moduleCounts.get(suite.name) ?? 0, { begins, needs })
      stages.push(...chain.stages)
      stagesOf.set(suite.name, chain.links)
    } else if (order === 'sequential' || begins.length > 0 || waitedFor.has(suite.name)) {
      stages.push({ name: nameOf(suite.name), after: begins })
      stagesOf.set(
        suite.name,
        Array.from({ length: moduleCounts.get(suite.name) ?? 0 }, () => nameOf(suite.name)),
      )
    }
  }
  return { stages, stagesOf }
}

/** Of the stage that stands for a suite; its first word tells it from the stages of single modules. */
function nameOf(suite: string): string {
  return `suite ${suite}`
}

function needOf(suite: string, stage: string): StageEdge {
  return {
    stage: nameOf(stage),
    when: 'success',
    reason: `suite '${suite}' needs suite '${stage}', which did not pass`,
  }
}

/**
 * Each link needs what the suite needs, not the first alone: where that fails, all of them are skipped rather than the first only.
 * The last stage stands for the whole: it has ended when the chain has, and needs each link's success.
 */
function chainOf(
  suite: string,
  count: number,
  { begins, needs }: { begins: readonly StageEdge[]; needs: readonly StageEdge[] },
): { stages: Stage[]; links: string[] } {
  const links = Array.from({ length: count }, (_, index) => `module ${index + 1} of suite ${suite}`)
  const stages = links.map((name, index): Stage => {
    const before = links[index - 1]
    return { name, after: before === undefined ? begins : [...needs, { stage: before, when: 'end' }] }
  })
  const whole: Stage = { name: nameOf(suite), after: links.map(stage => ({ stage, when: 'success' })) }
  return { stages: [...stages, whole], links }
}
