import type { DeviceEntry } from '../device/device-entry.js'
import { loadModules } from '../module/load-modules.js'
import { connectFarm } from '../run/farm-connection.js'
import { formatPlan } from '../run/format-plan.js'
import type { Durations } from '../run/history.js'
import { formatSuites } from '../run/format-suites.js'
import type { Candidate } from '../run/resolve-needs.js'
import { inspectDevices } from './declared-devices.js'
import { masked } from './secrets.js'
import { planSelection, type Selection } from './selection.js'
import type { RunSettings } from './run-settings.js'

export interface DryRun {
  selection: Selection
  settings: RunSettings
  durations: Durations
  cwd: string
}

/** `baton run --dry-run`: says what would be done; starts nothing. */
export async function dryRun({ selection, settings, durations, cwd }: DryRun): Promise<number> {
  const [loaded, farm] = await Promise.all([
    loadModules({ files: selection.files, cwd, setup: settings.setup }),
    settings.own ? declaredFarm(settings.own.config.devices) : registeredFarm(settings.redisUrl ?? ''),
  ])
  const { modules, stages } = planSelection(selection, loaded, cwd, { on: settings.on, farm, durations })
  const text = selection.plan
    ? formatSuites({ ...selection.plan, modules, stages, devices: farm.length })
    : formatPlan(modules, farm.length)
  process.stdout.write(masked(text))
  return 0
}

async function registeredFarm(redisUrl: string): Promise<Candidate[]> {
  const farm = await connectFarm(redisUrl)
  try {
    return (await farm.registry.listDevices()).map(({ name, labels }) => ({ name, labels: new Set(labels) }))
  } finally {
    farm.close()
  }
}

async function declaredFarm(entries: readonly DeviceEntry[]): Promise<Candidate[]> {
  return (await inspectDevices(entries)).map(({ name, labels }) => ({ name, labels: new Set(labels) }))
}
