import { formatLocation } from '../error/baton-error.js'
import type { LoadedModules } from '../module/load-modules.js'
import { drivers } from './drivers.js'
import type { RunSettings } from './run-settings.js'

/** The names of all devices of a private farm; undefined if others use the farm, or phones that it finds have no names yet. */
export function ownDevices({ own }: RunSettings): string[] | undefined {
  const devices = own?.config.devices
  const isGroup = devices?.some(entry => drivers.find(({ name }) => name === entry.driver)?.discovery?.isGroup(entry))
  return isGroup ? undefined : devices?.map(({ name }) => name)
}

/** A line for each module that names devices at run time. */
export function computedNameNotes({ modules }: LoadedModules, names: readonly string[] = []): string[] {
  return modules.flatMap(({ stated: { computedAt, file } }) =>
    computedAt && names.length > 1
      ? [
          `${file} names devices at run time (${formatLocation(computedAt)}), so it gets all ${names.length} of them; ` +
            `to give it fewer, list them there: export const devices = [${names
              .slice(0, 10)
              .map(name => `'${name}'`)
              .join(', ')}]`,
        ]
      : [],
  )
}
