import { ownValue } from '../device/references.js'
import { formatSelector, type Needs } from '../device/selector.js'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { PassRate } from './history/module-history.js'

/** A module as `--dry-run` shows it. */
export interface DryRunModule {
  id: string
  file: string
  /** The device that it stands for, if the run covers every device. */
  device?: string
  firstRole: string
  /** role → selector */
  roles: Needs
  /** role → names of the devices that could take it. */
  candidates: Record<string, string[]>
  /** role → the line that asked for it. */
  places: Record<string, SourceLocation>
  /** Milliseconds it took before. */
  expectedMs?: number
  passRate?: PassRate
  /** Why the device that it stands for is unavailable: it is not run. */
  unavailable?: string
}

/**
 * `--dry-run`: each module with its roles, the lines that use them, the devices that could take them, and its duration.
 * @param forecast - of the whole, see formatForecast
 */
export function formatDryRun(modules: readonly DryRunModule[], forecast: string): string {
  const blocks = modules.map((module, index) => formatModule(module, index + 1))
  return `${blocks.join('\n')}\n${forecast}\n`
}

export function formatModule(module: DryRunModule, number: number): string {
  const roles = Object.entries(module.roles).map(([role, selector]) => {
    const place = ownValue(module.places, role)
    const first = role === module.firstRole ? ' (first)' : ''
    const neededAt = place ? ` needed at ${formatLocation(place)};` : ''
    return `     ${role}${first}: ${formatSelector(selector)};${neededAt} could be ${ownValue(module.candidates, role)?.join(', ')}\n`
  })
  return `${String(number).padStart(3)}. ${module.file}  ${expected(module)}\n${roles.join('')}`
}

function expected({ expectedMs, passRate, device, unavailable }: DryRunModule): string {
  if (unavailable !== undefined) return `not run: ${device} is ${unavailable}`
  const duration = expectedMs === undefined ? 'duration unknown' : `about ${formatSeconds(expectedMs)}`
  if (!passRate) return duration
  const flaky = passRate.flaky > 0 ? `, ${passRate.flaky} of these flaky` : ''
  return `${duration}, passed ${passRate.passed} of ${passRate.runs}${flaky}`
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
