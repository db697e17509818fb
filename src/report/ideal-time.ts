import type { ModuleRecord, RunRecord } from './run-record.js'
import type { AttemptRecord } from './run-schema.js'

/**
 * The least time that these attempts could have taken on these devices, in milliseconds. No order beats the longest
 * module, the total device time divided by the devices, or the time of all modules that need one device by name. Failed
 * attempts are included.
 * @returns undefined if the run did not end by itself, or had fewer than two modules
 */
export function idealTime({ modules, exitCode, interrupted }: RunRecord): number | undefined {
  const ran = modules.filter(({ attempts }) => attempts.length > 0)
  if (exitCode === undefined || interrupted !== undefined || ran.length < 2) return undefined
  const devices = new Set(ran.flatMap(({ attempts }) => attempts.flatMap(devicesOf)))
  const named = new Map<string, number>()
  let longest = 0
  let deviceMs = 0
  for (const module of ran) {
    const ms = sum(module.attempts.map(({ durationMs }) => durationMs))
    longest = Math.max(longest, ms)
    deviceMs += sum(module.attempts.map(attempt => attempt.durationMs * devicesOf(attempt).length))
    for (const device of namedBy(module)) named.set(device, (named.get(device) ?? 0) + ms)
  }
  return Math.max(longest, deviceMs / Math.max(1, devices.size), ...named.values())
}

function devicesOf({ devices }: AttemptRecord): string[] {
  return Object.values(devices)
}

/** Devices that a module selects by name, so that no other will do. */
function namedBy({ roles }: ModuleRecord): Set<string> {
  // With a comma, there are further labels or alternatives.
  const selectors = Object.values(roles).filter(selector => selector.startsWith(byName) && !selector.includes(','))
  return new Set(selectors.map(selector => selector.slice(byName.length)))
}

const byName = 'name='

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
