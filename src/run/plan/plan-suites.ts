import { ownValue } from '../../device/own-value.js'
import { relative, sep } from 'node:path'
import { anyOf, type Needs } from '../../device/selector.js'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { sortByLocation } from '../../error/sort-by-location.js'
import { didYouMean, quoteNames } from '../../error/closest-name.js'
import type { LoadedModule, LoadedModules } from '../../module/load-modules.js'
import type { FoundSuite } from './find-suites.js'
import {
  eachOrFaults,
  longestFirst,
  planModule,
  type PlannedModule,
  type PlannedRun,
  type PlanScope,
} from '../selection/plan-modules.js'
import { planStages } from './plan-stages.js'
import { defaultRole, type StatedNeeds } from '../selection/resolve-needs.js'
import type { Suite, SuiteOrder } from './test-plan.js'

export interface SuitesToPlan {
  suites: readonly FoundSuite[]
  /** Between suites. */
  order: SuiteOrder
  loaded: LoadedModules
  cwd: string
}

/**
 * Decides the needs of each module of each suite. Pure.
 * @param scope - `on` holds where a suite has none of its own
 * @returns the modules suite by suite; within a suite that has no order, longest first
 * @throws BatonErrors with every fault of loading, every module that the farm can never serve, every role that no module has
 */
export function planSuites({ suites, order, loaded, cwd }: SuitesToPlan, scope: PlanScope): PlannedRun {
  const byFile = new Map(loaded.modules.map(module => [module.bundle.file, module]))
  const counts = new Map(suites.map(({ suite, files }) => [suite.name, files.length]))
  const { stages, stagesOf } = planStages(
    suites.map(({ suite }) => suite),
    order,
    counts,
  )
  const faults = [...loaded.faults]
  const modules: PlannedModule[] = []
  for (const { suite, files, part } of suites) {
    // Those that could not be loaded are among the faults.
    const members = files.flatMap(file => byFile.get(relative(cwd, file).replaceAll(sep, '/')) ?? [])
    if (members.length === files.length && !part) faults.push(...roleFaults(suite, members))
    const own = { ...scope, on: suite.on ?? scope.on }
    const planned = eachOrFaults(members, (module, index) => {
      const id = String(modules.length + index + 1)
      const stage = stagesOf.get(suite.name)?.[index]
      return {
        ...planModule(module, statedIn(suite, module), id, own),
        suite: suite.name,
        ...(stage !== undefined && { stage }),
      }
    })
    faults.push(...planned.faults)
    modules.push(...(suite.order === 'parallel' ? longestFirst(planned.made) : planned.made))
  }
  if (faults.length > 0) throw new BatonErrors(sortByLocation(faults))
  return { modules, stages }
}

/** What a module says of its needs, where its suite doesn't say otherwise. */
function statedIn({ devices, backup, on, places }: Suite, { stated }: LoadedModule): StatedNeeds {
  const needs: Needs = { ...needsOf(stated) }
  const where: Record<string, SourceLocation> = { ...stated.places }
  for (const [role, selector] of Object.entries(needs)) {
    const chosen = ownValue(devices, role)
    needs[role] = anyOf([chosen ?? selector, ...(ownValue(backup, role) ?? [])])
    const place = chosen === undefined ? undefined : ownValue(places.devices, role)
    if (place) where[role] = place
  }
  const narrowed = on && places.on ? { by: on, place: places.on } : undefined
  return { ...stated, needs, places: where, backupPlaces: places.backup, ...(narrowed && { narrowed }) }
}

function needsOf(stated: StatedNeeds): Needs {
  return Object.keys(stated.needs).length > 0 ? stated.needs : { [defaultRole]: '' }
}

/** A role that no module of the suite has is most likely misspelt. */
function roleFaults(suite: Suite, modules: readonly LoadedModule[]): BatonError[] {
  const known = [...new Set(modules.flatMap(({ stated }) => Object.keys(needsOf(stated))))]
  return (['devices', 'backup'] as const).flatMap(key =>
    Object.entries(suite.places[key])
      .filter(([role]) => !known.includes(role))
      .map(([role, place]) => {
        const message = `'${key}' of suite '${suite.name}': no module of it has a role '${role}' (known: ${quoteNames(known)}).`
        return new BatonError('BATON_CONFIG_INVALID', message, { place, ...didYouMean(role, known) })
      }),
  )
}
