import { formatAsk, type Needs } from '../device/ask.js'
import { formatPlace, type Place } from '../error/baton-error.js'

/** What the plan says of one module. */
export interface PlanLine {
  file: string
  firstRole: string
  /** role → ask */
  roles: Needs
  /** role → names of the devices that could take it. */
  candidates: Record<string, string[]>
  /** role → the line that asked for it. */
  places: Record<string, Place>
  /** Milliseconds it took before. */
  expectedMs?: number
}

/** `--dry-run`: each module with its roles, the lines that asked for them, who could serve them, and what is expected. */
export function formatPlan(modules: readonly PlanLine[], devices: number): string {
  const blocks = modules.map((module, index) => formatModule(module, index + 1))
  const counted = `${modules.length} modules, ${devices} devices`
  return `${blocks.join('\n')}\n${counted}; ${forecast(modules, devices)}\n`
}

export function formatModule(module: PlanLine, number: number): string {
  const expected = module.expectedMs === undefined ? 'duration unknown' : `about ${seconds(module.expectedMs)}`
  const roles = Object.entries(module.roles).map(([role, ask]) => {
    const place = module.places[role]
    const first = role === module.firstRole ? ' (first)' : ''
    const asked = place ? ` asked at ${formatPlace(place)};` : ''
    return `     ${role}${first}: ${formatAsk(ask)};${asked} could be ${module.candidates[role]?.join(', ')}\n`
  })
  return `${String(number).padStart(3)}. ${module.file}  ${expected}\n${roles.join('')}`
}

/** @param longestMs - milliseconds that no number of devices makes shorter; default: of the longest module */
export function forecast(modules: readonly PlanLine[], devices: number, longestMs?: number): string {
  if (modules.some(module => module.expectedMs === undefined)) return 'not all ran before, so no forecast.'
  // all devices busy all the time, and never less than what has to come one after the other: nothing can be faster
  const deviceMs = modules.reduce((sum, module) => sum + (module.expectedMs ?? 0) * Object.keys(module.roles).length, 0)
  const leastMs = longestMs ?? Math.max(...modules.map(module => module.expectedMs ?? 0))
  return `at best ${seconds(Math.max(deviceMs / devices, leastMs))}.`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
