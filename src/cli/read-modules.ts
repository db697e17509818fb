import { labelsOfDevice, type DeviceEntry } from '../device/device-entry.js'
import { BatonError, BatonErrors, sortByLocation } from '../error/baton-error.js'
import { loadModules, type LoadedModules } from '../module/load-modules.js'
import type { LoadedModule } from '../module/module-bundle.js'
import { privateHostName } from '../run/private-farm.js'
import { planModules } from '../run/selection/plan-modules.js'
import type { Candidate } from '../run/selection/resolve-needs.js'
import { ownDevices } from './computed-names.js'
import { drivers } from './drivers.js'
import type { RunSetup } from './run-setup.js'
import type { RunSettings } from './run-settings.js'
import { warn } from './secrets.js'
import { unmatchedTitles } from './unmatched-grep.js'

/**
 * Reads the modules of a run. The devices of a private farm are declared, so mistakes show without waiting for it.
 * @returns for a shared farm, with errors: what its devices lack is reported together with them
 * @throws BatonErrors with every mistake that shows without the private farm
 */
export async function readModules(setup: RunSetup): Promise<LoadedModules> {
  const { selection, settings, flags, cwd } = setup
  const names = ownDevices(settings)
  const { modules, errors: faults } = await loadModules({
    files: selection.files,
    cwd,
    setup: settings.setup,
    strict: flags.strict ?? false,
    ownDevices: names,
  })
  const errors = [...faults, ...relativeUrlErrors(modules, settings)]
  // Modules that were not loaded may have tests that match.
  if (errors.length === 0) errors.push(...unmatchedTitles(flags, selection, modules, settings.wdio))
  if (errors.length === 0) modules.filter(hasNoTest).forEach(noteNoTest)
  const { own } = settings
  if (!own) return { modules, errors }
  const farm = own.config.devices.map(candidateOf)
  // Groups of phones have names only once they are found.
  if (names) planModules(selection, { modules, errors }, { options: settings.selection, farm })
  else if (errors.length > 0) throw new BatonErrors(sortByLocation(errors))
  return { modules, errors }
}

function hasNoTest({ testTitles }: LoadedModule): boolean {
  return testTitles?.length === 0
}

function noteNoTest({ bundle }: LoadedModule): void {
  warn(`${bundle.file} has no test, so nothing of it will run; add at least one it() or test()`)
}

/** A device as its entry declares it. */
function candidateOf(entry: DeviceEntry): Candidate {
  const driver = drivers.find(({ name }) => name === entry.driver)
  const labels = driver ? labelsOfDevice(entry, driver.describe(entry)) : []
  const mayFind = driver?.findsLabels ?? []
  return { name: entry.name, labels: new Set([...labels, `host=${privateHostName}`]), mayFind }
}

/** Emulated phones open no relative URL without a baseUrl; it may come from devices.json or a WebdriverIO configuration. */
function relativeUrlErrors(modules: readonly LoadedModule[], { own, wdio }: RunSettings): BatonError[] {
  if (!own || wdio) return []
  const hasBase = own.config.devices.some(({ driver, webdriver }) => driver !== 'chromium' || webdriver.baseUrl)
  if (hasBase) return []
  return modules.flatMap(({ relativeUrls = [] }) =>
    relativeUrls.map(({ url, place }) => {
      const message = `'${url}' is a relative URL, and ${own.file} has no baseUrl.`
      const hint = `add "baseUrl": "http://…" to ${own.file}, or pass a complete URL: serverUrl('…') + '${url}'`
      return new BatonError('BATON_CONFIG_INVALID', message, { place, hint })
    }),
  )
}
