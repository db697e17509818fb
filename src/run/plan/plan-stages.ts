import type { Stage, StageEdge } from '../../lease/stage.js'
import type { Suite, SuiteOrder } from './test-plan.js'

/** The order of a plan, as the farm keeps it. */
export interface PlanStages {
  stages: Stage[]
  /** Suite → the stage of each of its modules, in their order; absent if no suite waits for another because of it. */
  stagesOf: Map<string, string[]>
}

/** A suite as far as order goes. */
type Ordered = Pick<Suite, 'name' | 'order' | 'needs'>

/**
 * Turns suites into stages. A suite whose modules run at the same time is one stage; one whose modules run one after the other is a
 * chain of stages, and one more without modules that has passed when all of them have. Pure.
 * @param order - between suites; `sequential`: each starts when the previous one has ended, passed or not
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
    const startsAfter: StageEdge[] =
      previous === undefined ? needs : [...needs, { stage: nameOf(previous), when: 'end' }]
    if (suite.order === 'sequential') {
      const chain = chainOf(suite.name, moduleCounts.get(suite.name) ?? 0, { startsAfter, needs })
      stages.push(...chain.stages)
      stagesOf.set(suite.name, chain.links)
    } else if (order === 'sequential' || startsAfter.length > 0 || waitedFor.has(suite.name)) {
      stages.push({ name: nameOf(suite.name), after: startsAfter })
      stagesOf.set(
        suite.name,
        Array.from({ length: moduleCounts.get(suite.name) ?? 0 }, () => nameOf(suite.name)),
      )
    }
  }
  return { stages, stagesOf }
}

/** Name of the stage that stands for a suite; its first word distinguishes it from the stages of single modules. */
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
 * Each link, not only the first, needs what the suite needs, so that all are skipped if that fails.
 * The last stage stands for the whole: it has ended when the chain has, and needs each link's success.
 */
function chainOf(
  suite: string,
  count: number,
  { startsAfter, needs }: { startsAfter: readonly StageEdge[]; needs: readonly StageEdge[] },
): { stages: Stage[]; links: string[] } {
  const links = Array.from({ length: count }, (_, index) => `module ${index + 1} of suite ${suite}`)
  const stages = links.map((name, index): Stage => {
    const before = links[index - 1]
    return { name, after: before === undefined ? startsAfter : [...needs, { stage: before, when: 'end' }] }
  })
  const whole: Stage = { name: nameOf(suite), after: links.map(stage => ({ stage, when: 'success' })) }
  return { stages: [...stages, whole], links }
}
