import { BatonError, BatonErrors, sortByLocation } from '../../error/baton-error.js'
import { didYouMean } from '../../error/closest-name.js'
import type { ModuleListing } from '../../event/run-event.js'
import type { AttemptOptions } from '../../host/attempt/attempt-options.js'
import type { RegisteredDevice } from '../../lease/registry.js'
import type { Stage } from '../../lease/stage.js'
import type { LoadedModule } from '../../module/module-bundle.js'
import type { LoadedModules } from '../../module/load-modules.js'
import type { ModuleFile } from '../../module/module-file.js'
import type { DryRunModule } from '../format-dry-run.js'
import type { History } from '../history/history.js'
import { planStages } from '../plan/plan-stages.js'
import { needsInSuite, unknownRolesOfSuite } from '../plan/suite-needs.js'
import type { Suite } from '../plan/test-plan.js'
import { coverDevices, type CoveredNeeds } from './cover-devices.js'
import type { ModuleSelection } from './module-selection.js'
import { resolveNeeds, type Candidate, type StatedNeeds } from './resolve-needs.js'
import type { SelectionOptions } from './selection-options.js'
import { stageInOrder } from './stage-in-order.js'

/** A module that is ready to be queued. */
export interface PlannedModule extends ModuleListing, DryRunModule {
  loaded: LoadedModule
  /** Set if it waits for other modules, or others wait for it. */
  stage?: string
  /** What it is executed with, if not with the options of its run or suite. */
  execution?: AttemptOptions
}

/** All modules of a run, and what waits for what. */
export interface PlannedRun {
  modules: PlannedModule[]
  stages: Stage[]
}

export interface PlanScope {
  options: SelectionOptions
  /** Every registered device. */
  farm: readonly Candidate[]
}

/** A device as the registry has it. */
export function candidateOf({ name, labels, state, reason }: RegisteredDevice): Candidate {
  const available = state !== 'offline' && state !== 'quarantined'
  const unavailable = reason === '' ? state : `${state}: ${reason}`
  return { name, labels: new Set(labels), ...(!available && { unavailable }) }
}

/** Modules that are planned alike: those of one suite, or all that globs match. */
interface ModuleGroup {
  files: readonly ModuleFile[]
  suite?: Suite
  /** Of each file, in their order. */
  stages?: readonly string[] | undefined
  /** More modules belong to the suite than are run. */
  isPart?: boolean
}

/**
 * Decides on which devices each module may run, and what waits for what. Pure.
 * @returns the modules, group by group; longest first within a group, unless an order was asked for
 * @throws BatonErrors with every error of loading, every module that the farm can never serve, every unknown role
 */
export function planModules(
  selection: Pick<ModuleSelection, 'files' | 'plan' | 'history'>,
  loaded: LoadedModules,
  { options, farm }: PlanScope,
): PlannedRun {
  const byName = new Map(loaded.modules.map(module => [module.bundle.file, module]))
  const { groups, stages } = groupModules(selection)
  const errors = [...loaded.errors]
  const groupsPlanned: PlannedModule[][] = []
  for (const group of groups) {
    // Files that could not be loaded are missing here; their errors are known already.
    const members = group.files.flatMap(file => byName.get(file.name) ?? [])
    const isComplete = members.length === group.files.length && members.every(({ refused }) => !refused)
    if (isComplete) errors.push(...unknownRoles(group, members, options))
    const context = { group, options, farm, history: selection.history, idsBefore: groupsPlanned.flat().length }
    const result = eachOrErrors(members, (module, index) => planModule(module, index, context))
    errors.push(...result.errors)
    groupsPlanned.push(orderGroup(result.made.flat(), group, options))
  }
  if (errors.length > 0) {
    errors.push(...loaded.modules.flatMap(({ refused = [] }) => refused))
    throw new BatonErrors(sortByLocation(errors))
  }
  const planned = groupsPlanned.flatMap(modules => repeatModules(modules, options))
  return options.inOrder ? stageInOrder(planned) : { modules: planned, stages }
}

function groupModules({ files, plan }: Pick<ModuleSelection, 'files' | 'plan'>): {
  groups: ModuleGroup[]
  stages: Stage[]
} {
  if (!plan) return { groups: [{ files }], stages: [] }
  const counts = new Map(plan.suites.map(({ suite, files }) => [suite.name, files.length]))
  const suites = plan.suites.map(({ suite }) => suite)
  const { stages, stagesOf } = planStages(suites, plan.order, counts)
  const groups = plan.suites.map(({ suite, files, part = false }) => ({
    files,
    suite,
    stages: stagesOf.get(suite.name),
    isPart: part,
  }))
  return { groups, stages }
}

interface PlanContext extends PlanScope {
  group: ModuleGroup
  history: History
  /** How many modules have an id already. */
  idsBefore: number
}

/** Once, or once for each device that the run covers. @throws BatonErrors if the farm can never serve it */
function planModule(loaded: LoadedModule, index: number, context: PlanContext): PlannedModule[] {
  const { group, options, farm, history, idsBefore } = context
  const { suite, stages } = group
  const stated = suite && !loaded.refused ? needsInSuite(suite, loaded) : loaded.stated
  const on = suite?.on ?? options.on
  const resolved: CoveredNeeds[] = options.every
    ? coverDevices(stated, on, farm, options.every)
    : [resolveNeeds(stated, on, farm)]
  const id = String(idsBefore + index + 1)
  const stage = stages?.[index]
  return selectFailedDevices(resolved, loaded, options, history).map(needs => ({
    ...describeModule(loaded, stated, needs, history),
    id: needs.device === undefined ? id : `${id}@${needs.device}`,
    ...(suite && { suite: suite.name }),
    ...(stage !== undefined && { stage }),
  }))
}

/** `--repeat`: all modules once, then all again: rounds follow each other in the queue. */
function repeatModules(modules: PlannedModule[], { repeat = 1 }: SelectionOptions): PlannedModule[] {
  if (repeat === 1) return modules
  return Array.from({ length: repeat }, (_, index) => index + 1).flatMap(repetition =>
    modules.map(module => ({ ...module, id: `${module.id}~${repetition}`, repetition })),
  )
}

/** `--last-failed` with `--every`: only devices on which the module failed; all if none is known. */
function selectFailedDevices(
  covered: CoveredNeeds[],
  { bundle }: LoadedModule,
  { every, lastFailed }: SelectionOptions,
  history: History,
): CoveredNeeds[] {
  if (!every || !lastFailed) return covered
  const failed = history.failedDevices(bundle.file)
  const again = covered.filter(({ device }) => device !== undefined && failed.includes(device))
  return again.length > 0 ? again : covered
}

function describeModule(
  loaded: LoadedModule,
  { places }: StatedNeeds,
  { needs, firstRole, candidates, device, unavailable }: CoveredNeeds,
  history: History,
): Omit<PlannedModule, 'id'> {
  const { file } = loaded.bundle
  const expectedMs = history.expectedMs(file, device)
  const passRate = history.passRate(file, device)
  return {
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

/** A module that never ran may be the longest of all, so it starts first. */
function orderGroup(
  modules: PlannedModule[],
  { suite }: ModuleGroup,
  { inOrder = false }: SelectionOptions,
): PlannedModule[] {
  if (inOrder || suite?.order === 'sequential') return modules
  const lengthOf = ({ expectedMs = Number.MAX_VALUE }: PlannedModule): number => expectedMs
  return modules.toSorted((a, b) => lengthOf(b) - lengthOf(a))
}

/** A role that the plan or `--every-role` names, but no module has, is most likely misspelt. */
function unknownRoles(group: ModuleGroup, modules: readonly LoadedModule[], { every }: SelectionOptions): BatonError[] {
  if (group.suite) return group.isPart ? [] : unknownRolesOfSuite(group.suite, modules)
  const roles = [...new Set(modules.flatMap(({ stated }) => Object.keys(stated.needs)))].toSorted()
  const wanted = every?.role
  if (wanted === undefined || roles.includes(wanted)) return []
  const known = `(known: ${roles.join(', ') || 'none'})`
  const message = `--every-role '${wanted}': no module of the run has this role ${known}.`
  return [new BatonError('BATON_USAGE', message, didYouMean(wanted, roles))]
}

/** What each item makes, and every error of those that make none. */
function eachOrErrors<Item, Made>(
  items: readonly Item[],
  make: (item: Item, index: number) => Made,
): { made: Made[]; errors: BatonError[] } {
  const errors: BatonError[] = []
  const made = items.flatMap((item, index) => {
    try {
      return [make(item, index)]
    } catch (error) {
      if (!(error instanceof BatonErrors)) throw error
      errors.push(...error.errors)
      return []
    }
  })
  return { made, errors }
}
