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
  /** With `--repeat`: counts from 1. */
  repetition?: number
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
  return `${formatModules(modules)}\n${forecast}\n`
}

/** This many modules in a row with equal roles are shown as one block, without the lines that use the roles. */
const minGroup = 10
/** More devices than this are shown by the first few. */
const maxNames = 10
const firstNames = 3

/** The modules, numbered from 1. */
export function formatModules(modules: readonly DryRunModule[]): string {
  const groups: { roles: string; first: number; modules: DryRunModule[] }[] = []
  for (const [index, module] of modules.entries()) {
    const roles = formatRoles(module, false)
    const last = groups.at(-1)
    if (last?.roles === roles) last.modules.push(module)
    else groups.push({ roles, first: index + 1, modules: [module] })
  }
  return groups
    .flatMap(({ roles, first, modules: equal }) => {
      const lines = equal.map(
        (module, at) =>
          `${String(first + at).padStart(3)}. ${module.file}${repetitionOf(module)}  ${expected(module)}\n`,
      )
      if (equal.length >= minGroup) return [`${lines.join('')}${roles}`]
      return equal.map((module, at) => `${lines[at]}${formatRoles(module, true)}`)
    })
    .join('\n')
}

function formatRoles({ roles, firstRole, places, candidates }: DryRunModule, withPlaces: boolean): string {
  const lines = Object.entries(roles).map(([role, selector]) => {
    const place = withPlaces ? ownValue(places, role) : undefined
    const first = role === firstRole ? ' (first)' : ''
    const neededAt = place ? ` needed at ${formatLocation(place)};` : ''
    const names = formatNames(ownValue(candidates, role) ?? [])
    return `     ${role}${first}: ${formatSelector(selector)};${neededAt} could be ${names}\n`
  })
  return lines.join('')
}

function formatNames(names: readonly string[]): string {
  if (names.length <= maxNames) return names.join(', ')
  return `${names.slice(0, firstNames).join(', ')} and ${names.length - firstNames} others`
}

function repetitionOf({ repetition }: DryRunModule): string {
  return repetition === undefined ? '' : ` #${repetition}`
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
