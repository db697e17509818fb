import { BatonErrors, type BatonError } from '../error/baton-error.js'
import { inPlaces } from '../error/in-places.js'
import type { ModuleListing } from '../event/run-event.js'
import type { LoadedModule, LoadedModules } from '../module/load-modules.js'
import type { PlanLine } from './format-plan.js'
import type { Durations } from './history.js'
import { resolveNeeds, type Candidate, type StatedNeeds } from './resolve-needs.js'

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
  const { made, faults } = eachOrFaults(modules, (loaded, index) =>
    planModule(loaded, loaded.stated, String(index + 1), { on, farm, durations }),
  )
  if (loadFaults.length + faults.length > 0) throw new BatonErrors(inPlaces([...loadFaults, ...faults]))
  return longestFirst(made)
}

export function longestFirst(modules: readonly PlannedModule[]): PlannedModule[] {
  return modules.toSorted((a, b) => expectedMs(b) - expectedMs(a))
}

/** A module that never ran may be the longest of all. */
function expectedMs(module: PlannedModule): number {
  return module.expectedMs ?? Number.MAX_VALUE
}

/** Where a module is to run, and what is known of it. */
export interface PlanScope {
  /** Labels that narrow every role that asks by label. */
  on: readonly string[]
  /** Every registered device. */
  farm: readonly Candidate[]
  durations: Durations
}

/**
 * @param stated - what it says of its needs, or what is said in its stead
 * @throws BatonErrors where the farm can never serve it
 */
export function planModule(
  loaded: LoadedModule,
  stated: StatedNeeds,
  id: string,
  { on, farm, durations }: PlanScope,
): PlannedModule {
  const { needs, firstRole, candidates } = resolveNeeds(stated, on, farm)
  const { file } = loaded.bundle
  const expectedMs = durations[file]
  return {
    id,
    file,
    firstRole,
    roles: needs,
    candidates,
    places: stated.places,
    loaded,
    ...(expectedMs !== undefined && { expectedMs }),
  }
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
