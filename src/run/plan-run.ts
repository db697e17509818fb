import { BatonError, BatonErrors } from '../error/baton-error.js'
import { inPlaces } from '../error/in-places.js'
import { didYouMean } from '../error/nearest.js'
import type { ModuleListing } from '../event/run-event.js'
import type { RegisteredDevice } from '../lease/registry.js'
import type { Stage } from '../lease/stage.js'
import type { LoadedModule, LoadedModules } from '../module/load-modules.js'
import { coverDevices, type CoveredNeeds } from './cover-devices.js'
import type { PlanLine } from './format-plan.js'
import type { History } from './history/history.js'
import { inOrder } from './in-order.js'
import { resolveNeeds, type Candidate } from './resolve-needs.js'
import type { RunRequest } from './run-request.js'

/** A module that is ready to be queued. */
export interface PlannedModule extends ModuleListing, PlanLine {
  loaded: LoadedModule
  /** The stage of the run to which it belongs, where it waits for others or others wait for it. */
  stage?: string
}

/** A device as the registry has it. */
export function candidateOf({ name, labels, state, reason }: RegisteredDevice): Candidate {
  const there = state !== 'offline' && state !== 'quarantined'
  return { name, labels: new Set(labels), ...(!there && { away: reason === '' ? state : `${state}: ${reason}` }) }
}

/**
 * Decides what each module of a run asks the farm for, and which wait for others. Pure.
 * @param farm - every registered device
 * @returns the modules, longest first as far as their durations are known, unless an order is asked for
 * @throws BatonErrors with every fault of loading, and every module that the farm can never serve
 */
export function planRun(
  { modules, faults: loadFaults }: LoadedModules,
  request: RunRequest,
  farm: readonly Candidate[],
  history: History,
): { modules: PlannedModule[]; stages: Stage[] } {
  const faults: BatonError[] = loadFaults.length > 0 ? [...loadFaults] : unknownRole(modules, request.every?.role)
  const planned = modules.flatMap((loaded, index) => {
    try {
      return planModule(loaded, String(index + 1), request, farm, history)
    } catch (error) {
      if (!(error instanceof BatonErrors)) throw error
      faults.push(...error.errors)
      return []
    }
  })
  if (faults.length > 0) throw new BatonErrors(inPlaces(faults))
  if (request.inOrder) return inOrder(planned)
  return { modules: planned.toSorted((a, b) => expectedMs(b) - expectedMs(a)), stages: [] }
}

/** A module that never ran may be the longest of all. */
function expectedMs(module: PlannedModule): number {
  return module.expectedMs ?? Number.MAX_VALUE
}

function planModule(
  loaded: LoadedModule,
  id: string,
  { on, every, lastFailed = false }: RunRequest,
  farm: readonly Candidate[],
  history: History,
): PlannedModule[] {
  if (!every) return [plannedModule(loaded, id, resolveNeeds(loaded.stated, on, farm), history)]
  const covered = coverDevices(loaded.stated, on, farm, every)
  const failed = history.failedDevices(loaded.bundle.file)
  const again = lastFailed ? covered.filter(({ device }) => device !== undefined && failed.includes(device)) : []
  // what failed in a run that was not for every device is tried on all
  return (again.length > 0 ? again : covered).map(each =>
    plannedModule(loaded, each.device === undefined ? id : `${id}@${each.device}`, each, history),
  )
}

function plannedModule(
  loaded: LoadedModule,
  id: string,
  { needs, firstRole, candidates, device, away }: CoveredNeeds,
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
    places: loaded.stated.places,
    loaded,
    ...(device !== undefined && { device }),
    ...(away !== undefined && { away }),
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
