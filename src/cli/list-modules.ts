import { BatonErrors, sortByLocation } from '../error/baton-error.js'
import { formatSelector } from '../device/selector.js'
import { loadModules } from '../module/load-modules.js'
import type { ModuleSelection } from '../run/selection/module-selection.js'
import { defaultRole, type StatedNeeds } from '../run/selection/resolve-needs.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import { formatTable } from './format-table.js'
import { computedNameNotes, ownDevices } from './computed-names.js'
import { masked, shown, warn } from './secrets.js'

interface Listing {
  selection: ModuleSelection
  settings: RunSettings
  flags: RunFlags
  cwd: string
}

/** `baton run --list`: the modules with their roles, as their code states them. Needs no device and no farm. */
export async function listModules({ selection, settings, flags, cwd }: Listing): Promise<number> {
  const loaded = await loadModules({
    files: selection.files,
    cwd,
    setup: settings.setup,
    ownDevices: ownDevices(settings),
  })
  const { modules, errors } = loaded
  computedNameNotes(loaded, ownDevices(settings)).forEach(warn)
  if (errors.length > 0) throw new BatonErrors(sortByLocation(errors))
  const stated = new Map(modules.map(({ bundle, stated }) => [bundle.file, rolesOf(stated)]))
  const suites = selection.plan?.suites.map(({ suite, files }) => ({ suite: suite.name, files }))
  const rows = (suites ?? [{ files: selection.files }]).flatMap(({ files, ...suite }) =>
    files.map(({ name }) => ({ ...suite, file: name, roles: stated.get(name) ?? {} })),
  )
  if (flags.json) process.stdout.write(masked(`${JSON.stringify(rows, undefined, 2)}\n`))
  else process.stdout.write(shown(format(rows)))
  return 0
}

function rolesOf({ needs }: StatedNeeds): Record<string, string> {
  const entries = Object.entries(needs).map(([role, selector]) => [role, formatSelector(selector)])
  return entries.length === 0 ? { [defaultRole]: 'any device' } : Object.fromEntries(entries)
}

function format(rows: readonly { suite?: string; file: string; roles: Record<string, string> }[]): string {
  const lines = rows.map(({ suite, file, roles }) => [
    suite === undefined ? file : `${suite} › ${file}`,
    // A role that is a device's name says it once.
    Object.entries(roles)
      .map(([role, selector]) => (selector === role ? role : `${role} (${selector})`))
      .join(', '),
  ])
  return `${formatTable(lines)}${rows.length} ${rows.length === 1 ? 'module' : 'modules'}\n`
}
