import { quoteNames } from '../error/nearest.js'
import type { Stage } from '../lease/stage.js'
import type { FoundSuite } from './find-suites.js'
import { forecast, formatModule } from './format-plan.js'
import type { PlannedModule } from './plan-run.js'
import type { Suite, SuiteOrder } from './test-plan.js'

export interface SuitesToFormat {
  suites: readonly FoundSuite[]
  /** Between suites. */
  order: SuiteOrder
  modules: readonly PlannedModule[]
  stages: readonly Stage[]
  /** How many the farm has. */
  devices: number
}

/** `--dry-run` of a plan: suite by suite, when it begins, and who will do what. */
export function formatSuites({ suites, order, modules, stages, devices }: SuitesToFormat): string {
  const blocks = suites.map(({ suite }, index) => {
    const previous = order === 'sequential' ? suites[index - 1]?.suite.name : undefined
    const own = modules.filter(module => module.suite === suite.name)
    const lines = own.map((module, at) => formatModule(module, at + 1))
    return `suite '${suite.name}': ${beginning(suite, previous)}${manner(suite, own.length)}\n${lines.join('\n')}`
  })
  const counted = `${suites.length} suites, ${modules.length} modules, ${devices} devices`
  return `${blocks.join('\n')}\n${counted}; ${forecast(modules, devices, longestWayMs(modules, stages))}\n`
}

function beginning({ needs }: Suite, previous: string | undefined): string {
  const conditions = [
    ...(needs.length > 0 ? [`when ${quoteNames(needs)} passed`] : []),
    ...(previous !== undefined && !needs.includes(previous) ? [`after '${previous}'`] : []),
  ]
  return conditions.length > 0 ? conditions.join(' and ') : 'at once'
}

function manner({ order, retries = 0 }: Suite, modules: number): string {
  const ordered =
    modules > 1 ? (order === 'sequential' ? ', one module after the other' : ', all modules at a time') : ''
  return `${ordered}${retries > 0 ? `, retries: ${retries}` : ''}`
}

/** Milliseconds of the longest way through the stages: what no number of devices makes shorter. */
function longestWayMs(modules: readonly PlannedModule[], stages: readonly Stage[]): number {
  const longest = new Map<string | undefined, number>()
  for (const { stage, expectedMs = 0 } of modules) longest.set(stage, Math.max(longest.get(stage) ?? 0, expectedMs))
  const ends = new Map<string, number>()
  const endOf = (name: string): number => {
    const known = ends.get(name)
    if (known !== undefined) return known
    const before = stages.find(stage => stage.name === name)?.after ?? []
    const end = Math.max(0, ...before.map(edge => endOf(edge.stage))) + (longest.get(name) ?? 0)
    ends.set(name, end)
    return end
  }
  return Math.max(longest.get(undefined) ?? 0, ...stages.map(stage => endOf(stage.name)))
}
