import { quoteNames } from '../../error/closest-name.js'
import type { FoundSuite } from './find-suites.js'
import { formatModules } from '../format-dry-run.js'
import type { PlannedModule } from '../selection/plan-modules.js'
import type { RunApp } from '../read-app.js'
import type { Suite, SuiteOrder } from './test-plan.js'

export interface SuitesToFormat {
  suites: readonly (FoundSuite & { app?: Pick<RunApp, 'name'> })[]
  /** Between suites. */
  order: SuiteOrder
  modules: readonly PlannedModule[]
  /** Of the whole, see formatForecast. */
  forecast: string
}

/** `--dry-run` of a plan: for each suite when it starts, and its modules. */
export function formatSuites({ suites, order, modules, forecast }: SuitesToFormat): string {
  const blocks = suites.map(({ suite, app }, index) => {
    const previous = order === 'sequential' ? suites[index - 1]?.suite.name : undefined
    const own = modules.filter(module => module.suite === suite.name)
    return `suite '${suite.name}': ${startCondition(suite, previous)}${manner(suite, own.length)}${app ? `, app: ${app.name}` : ''}\n${formatModules(own)}`
  })
  return `${blocks.join('\n')}\n${suites.length} ${suites.length === 1 ? 'suite' : 'suites'}, ${forecast}\n`
}

function startCondition({ needs }: Suite, previous: string | undefined): string {
  const conditions = [
    ...(needs.length > 0 ? [`when ${quoteNames(needs)} passed`] : []),
    ...(previous !== undefined && !needs.includes(previous) ? [`after '${previous}'`] : []),
  ]
  return conditions.length > 0 ? conditions.join(' and ') : 'at once'
}

function manner({ order, retries = 0 }: Suite, modules: number): string {
  const ordered =
    modules > 1 ? (order === 'sequential' ? ', one module after another' : ', all modules at the same time') : ''
  return `${ordered}${retries > 0 ? `, retries: ${retries}` : ''}`
}
