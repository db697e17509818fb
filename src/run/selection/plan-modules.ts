import { BatonError, BatonErrors } from '../../error/baton-error.js'
import { sortByLocation } from '../../error/sort-by-location.js'
import { didYouMean } from '../../error/closest-name.js'
import type { ModuleListing } from '../../event/run-event.js'
import type { RegisteredDevice } from '../../lease/registry.js'
import type { Stage } from '../../lease/stage.js'
import type { LoadedModule, LoadedModules } from '../../module/load-modules.js'
import { coverDevices, type CoveredNeeds } from './cover-devices.js'
import type { DryRunModule } from '../format-dry-run.js'
import type { History } from '../history/history.js'
import { stageInOrder } from './stage-in-order.js'
import { resolveNeeds, type Candidate, type StatedNeeds } from './resolve-needs.js'
import type { SelectionOptions } from './selection-options.js'

/** A module that is ready to be queued. */
export interface PlannedModule extends ModuleListing, DryRunModule {
  loaded: LoadedModule
  /** The stage of the run to which it belongs, where it waits for others or others wait for it. */
  stage?: string
}

/** Where a module is to run, and what is known of it. */
export interface PlanScope {
  /** Labels that narrow every role with a selector by label. */
  on: readonly string[]
  /** Every registered device. */
  farm: readonly Candidate[]
  history: History
}

/** What a run comes to: its modules, and which wait for which others. */
export interface PlannedRun {
  modules: PlannedModule[]
  stages: Stage[]
}

/** A device as the registry has it. */
export function candidateOf({ name, labels, state, reason }: RegisteredDevice): Candidate {
  const there = state !== 'offline' && state !== 'quarantined'
  return {
    name,
    labels: new Set(labels),
    ...(!there && { unavailable: reason === '' ? state : `${state}: ${reason}` }),
  }
}

/**
 * Decides what each module of a run asks the farm for, and which wait for others. Pure.
 * @returns the modules, longest first as far as their durations are known, unless an order is asked for
 * @throws BatonErrors with every fault of loading, and every module that the farm can never serve
 */
export function planRun(
  { modules, faults: loadFaults }: LoadedModules,
  request: SelectionOptions,
  scope: Omit<PlanScope, 'on'>,
): PlannedRun {
  const { made, faults } = eachOrFaults(modules, (loaded, index) =>
    planEach(loaded, String(index + 1), request, { ...scope, on: request.on }),
  )
  const roleFaults = loadFaults.length > 0 ? [] : unknownRole(modules, request.every?.role)
  const all = [...loadFaults, ...roleFaults, ...faults]
  if (all.length > 0) throw new BatonErrors(sortByLocation(all))
  return request.inOrder ? stageInOrder(made.flat()) : { modules: longestFirst(made.flat()), stages: [] }
}

export function longestFirst(modules: readonly PlannedModule[]): PlannedModule[] {
  return modules.toSorted((a, b) => expectedMs(b) - expectedMs(a))
}

/** A module that never ran may be the longest of all. */
function expectedMs(module: PlannedModule): number {
  return module.expectedMs ?? Number.MAX_VALUE
}

/** Once, or once for each device that the run is to cover. */
function planEach(
  loaded: LoadedModule,
  id: string,
  { every, lastFailed = false }: SelectionOptions,
  scope: PlanScope,
): PlannedModule[] {
  const { stated, bundle } = loaded
  if (!every) return [planModule(loaded, stated, id, scope)]
  const covered = coverDevices(stated, scope.on, scope.farm, every)
  const failed = scope.history.failedDevices(bundle.file)
  const again = lastFailed ? covered.filter(({ device }) => device !== undefined && failed.includes(device)) : []
  // what failed in a run that was not for every device is tried on all
  return (again.length > 0 ? again : covered).map(each => {
    const own = each.device === undefined ? id : `${id}@${each.device}`
    return plannedModule(loaded, stated, { id: own, ...each }, scope.history)
  })
}

/**
 * @param stated - what it says of its needs, or what is said in its stead
 * @throws BatonErrors where the farm can never serve it
 */
export function planModule(
  loaded: LoadedModule,
  stated: StatedNeeds,
  id: string,
  { on, farm, history }: PlanScope,
): PlannedModule {
  return plannedModule(loaded, stated, { id, ...resolveNeeds(stated, on, farm) }, history)
}

function plannedModule(
  loaded: LoadedModule,
  { places }: StatedNeeds,
  { id, needs, firstRole, candidates, device, unavailable }: CoveredNeeds & { id: string },
  history: History,
): PlannedModule {
  const { file } = loaded.bundle
  const expectedMs = history.expectedMs(file, device)
  const passRate = history.passRate(file, device)
  return {
    id,
    file,
    firstRole,
    roles: needs,
    candidates,
    places,
    loaded,
    ...(device !== undefined && { device }),
    ...(unavailable !== undefined && { unavailable }),
    ...(expectedMs !== undefined && { expectedMs }),
    ...(passRate && { passRate }),
  }
}

function unknownRole(modules: readonly LoadedModule[], wanted: string | undefined): BatonError[] {
  const roles = [...new Set(modules.flatMap(({ stated }) => Object.keys(stated.needs)))].toSorted()
  if (wanted === undefined || roles.includes(wanted)) return []
  const known = `(known: ${roles.join(', ') || 'none'})`
  const message = `--every-role '${wanted}': no module of the run has such a role ${known}.`
  return [new BatonError('BATON_USAGE', message, didYouMean(wanted, roles))]
}

/** What each item makes, and every fault of those that make none. */
export function eachOrFaults<Item, Made>(
  items: readonly Item[],
  make: (item: Item, index: number) => Made,
): { made: Made[]; faults: BatonError[] } {
  const faults: BatonError[] = []
  const made = items.flatMap((item, index) => {
    try {
      return [make(item, index)]
    } catch (error) {
      if (!(error instanceof BatonErrors)) throw error
      faults.push(...error.errors)
      return []
    }
  })
  return { made, faults }
}
