import { formatAsk, type Needs } from '../device/ask.js'
import { formatPlace, type Place } from '../error/baton-error.js'
import { forecastRun, type ForecastModule } from './forecast.js'
import { median, type PassRate } from './history/past.js'

/** What the plan says of one module. */
export interface PlanLine {
  id: string
  file: string
  /** The device that it stands for, where a run covers every device. */
  device?: string
  firstRole: string
  /** role → ask */
  roles: Needs
  /** role → names of the devices that could take it. */
  candidates: Record<string, string[]>
  /** role → the line that asked for it. */
  places: Record<string, Place>
  /** Milliseconds it took before. */
  expectedMs?: number
  passRate?: PassRate
  /** Why the one device that it stands for can't be had: it is not run. */
  away?: string
  /** Ids of the modules that must have ended before. */
  after?: readonly string[]
}

export interface PlanOptions {
  /** Devices that are there. */
  devices: readonly string[]
  retries: number
}

/** `--dry-run`: each module with its roles, the lines that asked for them, who could serve them, and what is expected. */
export function formatPlan(modules: readonly PlanLine[], options: PlanOptions): string {
  const blocks = modules.map((module, index) => {
    const roles = Object.entries(module.roles).map(([role, ask]) => {
      const place = module.places[role]
      const first = role === module.firstRole ? ' (first)' : ''
      const asked = place ? ` asked at ${formatPlace(place)};` : ''
      return `     ${role}${first}: ${formatAsk(ask)};${asked} could be ${module.candidates[role]?.join(', ')}\n`
    })
    return `${String(index + 1).padStart(3)}. ${module.file}  ${expected(module)}\n${roles.join('')}`
  })
  return `${blocks.join('\n')}\n${formatForecast(modules, options)}`
}

function expected({ expectedMs, passRate, device, away }: PlanLine): string {
  if (away !== undefined) return `not run: ${device} is ${away}`
  const duration = expectedMs === undefined ? 'duration unknown' : `about ${seconds(expectedMs)}`
  if (!passRate) return duration
  const flaky = passRate.flaky > 0 ? `, ${passRate.flaky} of these flaky` : ''
  return `${duration}, passed ${passRate.passed} of ${passRate.runs}${flaky}`
}

function formatForecast(all: readonly PlanLine[], { devices, retries }: PlanOptions): string {
  const modules = all.filter(({ away }) => away === undefined)
  const counted = `${countOf(modules.length, 'module')}, ${countOf(devices.length, 'device')}`
  const usual = median(modules.flatMap(({ expectedMs }) => expectedMs ?? []))
  if (usual === undefined) return `${counted}; none ran before, so no forecast.\n`
  const { endMs, turns } = forecastRun(
    modules.map(module => forecastModule(module, usual, retries)),
    devices,
  )
  const unknown = modules.filter(({ expectedMs }) => expectedMs === undefined).length
  const waiting = modules.filter(({ id }) => !turns.has(id)).length
  return [
    `${counted}; forecast: ${seconds(endMs)}`,
    unknown > 0 ? `, with ${seconds(usual)} for each of ${unknown} that never ran` : '',
    waiting > 0 ? `, without ${waiting} that must wait for devices that are not there` : '',
    '.\n',
  ].join('')
}

function forecastModule(module: PlanLine, usualMs: number, retries: number): ForecastModule {
  const { id, candidates, expectedMs = usualMs, passRate, after = [] } = module
  return { id, candidates, ms: expectedMs * expectedAttempts(passRate, retries), after }
}

/** How often a module that fails as often as before will run, on average: each attempt follows one that failed. */
function expectedAttempts(rate: PassRate | undefined, retries: number): number {
  const failing = rate ? 1 - (rate.passed - rate.flaky) / rate.runs : 0
  return Array.from({ length: retries + 1 }, (_, before) => failing ** before).reduce((sum, share) => sum + share, 0)
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
