import { ownValue } from '../../device/references.js'
import { anyOf, type Needs } from '../../device/selector.js'
import { BatonError, type SourceLocation } from '../../error/baton-error.js'
import { didYouMean, quoteNames } from '../../error/closest-name.js'
import type { LoadedModule } from '../../module/module-bundle.js'
import { defaultRole, type StatedNeeds } from '../selection/resolve-needs.js'
import type { Suite } from './test-plan.js'

/** The needs that a module states, with those that its suite states instead. */
export function needsInSuite({ devices, backup, on, places }: Suite, { stated }: LoadedModule): StatedNeeds {
  const needs: Needs = { ...needsOf(stated) }
  const usedAt: Record<string, SourceLocation> = { ...stated.places }
  for (const [role, selector] of Object.entries(needs)) {
    const chosen = ownValue(devices, role)
    needs[role] = anyOf([chosen ?? selector, ...(ownValue(backup, role) ?? [])])
    const place = chosen === undefined ? undefined : ownValue(places.devices, role)
    if (place) usedAt[role] = place
  }
  const narrowed = on && places.on ? { by: on, place: places.on } : undefined
  return { ...stated, needs, places: usedAt, backupPlaces: places.backup, ...(narrowed && { narrowed }) }
}

function needsOf(stated: StatedNeeds): Needs {
  return Object.keys(stated.needs).length > 0 ? stated.needs : { [defaultRole]: '' }
}

/** Errors for roles of `devices` and `backup` that no module of the suite has. */
export function unknownRolesOfSuite(suite: Suite, modules: readonly LoadedModule[]): BatonError[] {
  const known = [...new Set(modules.flatMap(({ stated }) => Object.keys(needsOf(stated))))]
  return (['devices', 'backup'] as const).flatMap(key =>
    Object.entries(suite.places[key])
      .filter(([role]) => !known.includes(role))
      .map(([role, place]) => {
        const message = `'${key}' of suite '${suite.name}': no module of the suite has a role '${role}' (known: ${quoteNames(known)}).`
        return new BatonError('BATON_CONFIG_INVALID', message, { place, ...didYouMean(role, known) })
      }),
  )
}
