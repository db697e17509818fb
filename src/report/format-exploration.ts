import { countOf } from '../error/closest-name.js'
import { scheduleFile } from '../explore/exploration.js'
import { summariseIterations } from '../explore/explore-summary.js'
import { formatExploreSummary } from './format-explore-summary.js'
import { formatFoundBug } from './format-found-bug.js'
import { formatReplay } from './format-replay.js'
import { formatDuration, moduleName, plainLine } from './plain-text.js'
import type { RunRecord } from './run-record.js'
import type { ModuleState } from './run-state.js'
import type { PictureStyle } from './schedule-picture.js'

export interface ExplorationStyle extends PictureStyle {
  /** Where the report is, as the last line shows it. */
  reportDirectory?: string | undefined
}

/** The end of `baton explore` or `baton replay`: what each module showed, each bug, and totals. */
export function formatExploration(
  record: RunRecord,
  modules: readonly ModuleState[],
  style: ExplorationStyle,
): string[] {
  const { reportDirectory } = style
  const { signature } = (record.options['explore'] ?? {}) as Record<string, unknown>
  const isReplay = typeof signature === 'string'
  return [
    '',
    ...modules.flatMap(module =>
      isReplay ? formatReplay(module.explored?.replays ?? [], signature) : formatModule(module, style),
    ),
    ...(isReplay ? [] : [totalsOf(modules)]),
    `Time     ${formatDuration(record.durationMs)}`,
    ...(reportDirectory === undefined ? [] : [`Report   ${reportDirectory}`]),
  ]
}

function formatModule({ listing, explored }: ModuleState, style: ExplorationStyle): string[] {
  if (!explored || explored.size === 0 || !explored.hasBranches) return []
  const { paint, reportDirectory = '' } = style
  const bugs = [...explored.bugs.values()]
  const inner = { ...style, columns: style.columns - 2 }
  const bugLines = bugs.flatMap(bug => [
    '',
    ...formatFoundBug(bug, inner),
    '',
    `  replay it: baton replay ${plainLine(`${reportDirectory}/${scheduleFile(listing, bug)}`)}`,
  ])
  const lines = [...formatExploreSummary(summariseIterations(explored.iterations), bugs.length), ...bugLines]
  return [paint('bold', plainLine(moduleName(listing))), ...lines.map(line => (line === '' ? '' : `  ${line}`)), '']
}

function totalsOf(modules: readonly ModuleState[]): string {
  const explored = modules.flatMap(({ explored }) => explored ?? [])
  const iterations = explored.reduce((sum, { size }) => sum + size, 0)
  const bugs = explored.reduce((sum, { bugs }) => sum + bugs.size, 0)
  const broken = modules.filter(isBroken).length
  const found = `Found    ${countOf(bugs, 'bug')} in ${countOf(iterations, 'iteration')} of ${countOf(modules.length, 'module')}`
  return broken === 0 ? found : `${found}; ${countOf(broken, 'module')} failed without being explored`
}

/** Whether a module has failed for a reason that is not a bug that exploring has found, such as a mistake in it. */
export function isBroken({ attempts, end }: ModuleState): boolean {
  if (end?.verdict !== 'failed') return false
  return [...attempts.values()].some(
    ({ verdict, error, tests }) =>
      verdict === 'failed' && (error !== undefined || tests.some(({ state }) => state === 'failed')),
  )
}
