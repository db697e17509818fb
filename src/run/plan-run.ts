import { BatonErrors, type BatonError } from '../error/baton-error.js'
import { inPlaces } from '../error/in-places.js'
import type { ModuleListing } from '../event/run-event.js'
import type { LoadedModule, LoadedModules } from '../module/load-modules.js'
import type { PlanLine } from './format-plan.js'
import type { Durations } from './history.js'
import { resolveNeeds, type Candidate } from './resolve-needs.js'

/** A module that is ready to be queued. */
export interface PlannedModule extends ModuleListing, PlanLine {
  loaded: LoadedModule
  /** The stage of the run to which it belongs, where it waits for others or others wait for it. */
  stage?: string
}

/**
 * Decides what each module of a run asks the farm for. Pure.
 * @param farm - every registered device
 * @returns the modules, longest first as far as their durations are known
 * @throws BatonErrors with every fault of loading, and every module that the farm can never serve
 */
export function planRun(
  { modules, faults: loadFaults }: LoadedModules,
  on: readonly string[],
  farm: readonly Candidate[],
  durations: Durations,
): PlannedModule[] {
  const faults: BatonError[] = [...loadFaults]
  const planned = modules.flatMap((loaded, index) => {
    try {
      return [planModule(loaded, String(index + 1), on, farm, durations)]
    } catch (error) {
      if (!(error instanceof BatonErrors)) throw error
      faults.push(...error.errors)
      return []
    }
  })
  if (faults.length > 0) throw new BatonErrors(inPlaces(faults))
  return planned.toSorted((a, b) => expectedMs(b) - expectedMs(a))
}

/** A module that never ran may be the longest of all. */
function expectedMs(module: PlannedModule): number {
  return module.expectedMs ?? Number.MAX_VALUE
}

function planModule(
  loaded: LoadedModule,
  id: string,
  on: readonly string[],
  farm: readonly Candidate[],
  durations: Durations,
): PlannedModule {
  const { needs, firstRole, candidates } = resolveNeeds(loaded.stated, on, farm)
  const { file } = loaded.bundle
  const expectedMs = durations[file]
  return {
    id,
    file,
    firstRole,
    roles: needs,
    candidates,
    places: loaded.stated.places,
    loaded,
    ...(expectedMs !== undefined && { expectedMs }),
  }
}
