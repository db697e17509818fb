import type { DeviceEntry } from '../device/device-entry.js'
import { loadModules } from '../module/load-modules.js'
import { formatForecast } from '../run/format-forecast.js'
import { formatDryRun } from '../run/format-dry-run.js'
import { formatSuites } from '../run/plan/format-suites.js'
import { suitesOf, type ModuleSelection } from '../run/selection/module-selection.js'
import { candidateOf, planModules } from '../run/selection/plan-modules.js'
import type { Candidate } from '../run/selection/resolve-needs.js'
import { computedNameNotes, ownDevices } from './computed-names.js'
import { inspectDevices } from './declared-devices.js'
import { shown, warn } from './secrets.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import { unusedApps } from './unused-apps.js'
import { withRegistry } from './with-registry.js'

export interface DryRun {
  selection: ModuleSelection
  settings: RunSettings
  flags: RunFlags
  cwd: string
}

/** `baton run --dry-run`: shows what would run; starts nothing. */
export async function dryRun({ selection, settings, flags, cwd }: DryRun): Promise<number> {
  const [loaded, farm] = await Promise.all([
    loadModules({ files: selection.files, cwd, setup: settings.setup, ownDevices: ownDevices(settings) }),
    settings.own ? declaredFarm(settings.own.config.devices) : registeredFarm(settings.redisUrl ?? ''),
  ])
  const { plan, app } = selection
  const { modules, stages } = planModules(selection, loaded, { options: settings.selection, farm })
  computedNameNotes(loaded, ownDevices(settings)).forEach(warn)
  unusedApps({ app: flags.app, suites: suitesOf(selection) }, modules, farm).forEach(warn)
  const suites = new Map(plan?.suites.map(({ suite }) => [suite.name, suite]))
  const forecast = formatForecast({
    modules,
    stages,
    devices: farm.filter(({ unavailable }) => unavailable === undefined).map(({ name }) => name),
    retriesOf: ({ suite }) => flags.retries ?? suites.get(suite ?? '')?.retries ?? 0,
  })
  const text = plan ? formatSuites({ ...plan, modules, forecast }) : formatDryRun(modules, forecast)
  process.stdout.write(shown(app ? `${text}app: ${app.name}, on every device that takes one\n` : text))
  return 0
}

async function registeredFarm(redisUrl: string): Promise<Candidate[]> {
  return withRegistry(redisUrl, async registry => (await registry.listDevices()).map(candidateOf))
}

async function declaredFarm(entries: readonly DeviceEntry[]): Promise<Candidate[]> {
  return (await inspectDevices(entries)).map(({ name, labels, problem }) => ({
    name,
    labels: new Set(labels),
    ...(problem !== undefined && { unavailable: problem }),
  }))
}
