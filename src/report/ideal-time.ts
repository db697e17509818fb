import type { AttemptRecord } from './run-state.js'
import type { ModuleRecord, RunRecord } from './run-record.js'

/**
 * The least time that what ran could have taken on the devices that it ran on, in milliseconds: no order of modules beats
 * its longest module, nor all device time shared out evenly, nor what is asked of one device by name. Attempts are taken
 * as they were measured, failed ones included.
 * @returns undefined where the run has no end of its own, or nothing to put in order
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

/** Devices that a module asks for by name: no other will do. */
function namedBy({ roles }: ModuleRecord): Set<string> {
  // A comma: further labels, or an alternative.
  const selectors = Object.values(roles).filter(selector => selector.startsWith(byName) && !selector.includes(','))
  return new Set(selectors.map(selector => selector.slice(byName.length)))
}

const byName = 'name='

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
