import { countOf } from '../error/closest-name.js'
import type { Stage } from '../lease/stage.js'
import { forecastRun, type ForecastModule } from './forecast.js'
import { formatSeconds, type DryRunModule } from './format-dry-run.js'
import { median, type PassRate } from './history/module-history.js'

type PlannedLine = DryRunModule & { stage?: string; suite?: string }

export interface ForecastRequest {
  modules: readonly PlannedLine[]
  stages: readonly Stage[]
  /** Names of the available devices. */
  devices: readonly string[]
  /** How often a failed module runs again. */
  retriesOf: (module: PlannedLine) => number
}

/** The last line of `--dry-run`: how many modules there are, and how long they will take. */
export function formatForecast({ modules: all, stages, devices, retriesOf }: ForecastRequest): string {
  const modules = all.filter(({ unavailable }) => unavailable === undefined)
  const counted = `${countOf(modules.length, 'module')}, ${countOf(devices.length, 'device')}`
  const usual = median(modules.flatMap(({ expectedMs }) => expectedMs ?? []))
  if (usual === undefined) return `${counted}; none ran before, so no forecast.`
  const before = modulesBefore(modules, stages)
  const { endMs, slots } = forecastRun(
    modules.map((module): ForecastModule => {
      const { id, candidates, expectedMs = usual, passRate } = module
      const ms = expectedMs * expectedAttempts(passRate, retriesOf(module))
      return { id, candidates, ms, after: before(module) }
    }),
    devices,
  )
  const unknown = modules.filter(({ expectedMs }) => expectedMs === undefined).length
  const waiting = modules.filter(({ id }) => !slots.has(id)).length
  return [
    `${counted}; forecast: ${formatSeconds(endMs)}`,
    unknown > 0 ? `, with ${formatSeconds(usual)} for each of ${unknown} that never ran` : '',
    waiting > 0 ? `, without ${waiting} that wait for unavailable devices` : '',
    '.',
  ].join('')
}

/** Which modules must end before one starts; a stage without modules passes on what it waits for. */
function modulesBefore(modules: readonly PlannedLine[], stages: readonly Stage[]): (module: PlannedLine) => string[] {
  const byStage = new Map<string, string[]>()
  for (const { id, stage } of modules) if (stage !== undefined) byStage.set(stage, [...(byStage.get(stage) ?? []), id])
  const edges = new Map(stages.map(({ name, after }) => [name, after.map(edge => edge.stage)]))
  const known = new Map<string, string[]>()
  const before = (stage: string): string[] => {
    const found = known.get(stage) ?? (edges.get(stage) ?? []).flatMap(each => byStage.get(each) ?? before(each))
    known.set(stage, found)
    return found
  }
  return ({ stage }) => (stage === undefined ? [] : before(stage))
}

/** How often a module that fails as often as before will run, on average: each attempt follows one that failed. */
function expectedAttempts(rate: PassRate | undefined, retries: number): number {
  const failing = rate ? 1 - (rate.passed - rate.flaky) / rate.runs : 0
  return Array.from({ length: retries + 1 }, (_, before) => failing ** before).reduce((sum, share) => sum + share, 0)
}
