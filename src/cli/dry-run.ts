import type { DeviceEntry } from '../device/device-entry.js'
import { loadModules } from '../module/load-modules.js'
import { connectFarm } from '../run/farm-connection.js'
import { formatPlan } from '../run/format-plan.js'
import type { History } from '../run/history/history.js'
import { candidateOf, planRun } from '../run/plan-run.js'
import type { Candidate } from '../run/resolve-needs.js'
import { inspectDevices } from './declared-devices.js'
import { masked } from './secrets.js'
import type { RunSettings } from './run-settings.js'

export interface DryRun {
  files: string[]
  settings: RunSettings
  history: History
  retries: number
  cwd: string
}

/** `baton run --dry-run`: says what would be done; starts nothing. */
export async function dryRun({ files, settings, history, retries, cwd }: DryRun): Promise<number> {
  const [loaded, farm] = await Promise.all([
    loadModules({ files, cwd, setup: settings.setup }),
    settings.own ? declaredFarm(settings.own.config.devices) : registeredFarm(settings.redisUrl ?? ''),
  ])
  const { modules } = planRun(loaded, settings.request, farm, history)
  const devices = farm.filter(({ away }) => away === undefined).map(({ name }) => name)
  process.stdout.write(masked(formatPlan(modules, { devices, retries })))
  return 0
}

async function registeredFarm(redisUrl: string): Promise<Candidate[]> {
  const farm = await connectFarm(redisUrl)
  try {
    return (await farm.registry.listDevices()).map(candidateOf)
  } finally {
    farm.close()
  }
}

async function declaredFarm(entries: readonly DeviceEntry[]): Promise<Candidate[]> {
  return (await inspectDevices(entries)).map(({ name, labels, fault }) => ({
    name,
    labels: new Set(labels),
    ...(fault !== undefined && { away: fault }),
  }))
}
