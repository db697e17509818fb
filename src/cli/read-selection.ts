import { relative, resolve, sep } from 'node:path'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import { sortByLocation } from '../error/sort-by-location.js'
import { combineErrors } from '../error/combine-errors.js'
import type { LoadedModules } from '../module/load-modules.js'
import { failedSuites } from '../run/selection/failed-suites.js'
import { findSuites, type FoundSuite } from '../run/plan/find-suites.js'
import type { History } from '../run/history/history.js'
import { planRun, type PlannedRun } from '../run/selection/plan-modules.js'
import { planSuites } from '../run/plan/plan-suites.js'
import { readPlan } from '../run/plan/read-plan.js'
import { readSuiteApps } from '../run/plan/read-suite-apps.js'
import { readApp, type RunApp } from '../run/read-app.js'
import type { Candidate } from '../run/selection/resolve-needs.js'
import type { SelectionOptions } from '../run/selection/selection-options.js'
import { hasFailedLastTime, selectFailed } from '../run/selection/narrow-modules.js'
import type { Suite, SuiteOrder, TestPlan } from '../run/plan/test-plan.js'
import { chooseModules, readHistory } from '../run/selection/select-modules.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import { hideSecrets } from './secrets.js'

/** What a run is to execute: the modules that globs match, or the suites of a plan. */
export interface ModuleSelection {
  /** Absolute, each once. */
  files: string[]
  history: History
  /** What the user is told of the choice, a line each. */
  notes: string[]
  /** What `--app` names: for every module, whatever a plan says. */
  app?: RunApp
  plan?: {
    /** Between suites. */
    order: SuiteOrder
    suites: SelectedSuite[]
    waitTimeoutMs?: number
  }
}

/** A suite with what its modules are to find on their devices. */
export interface SelectedSuite extends FoundSuite {
  app?: RunApp
}

/**
 * @param globs - as on the command line
 * @throws BatonError or BatonErrors where nothing, or not all of it, is there; BATON_USAGE where neither or both were said
 */
export async function selectModules(
  globs: readonly string[],
  flags: RunFlags,
  settings: RunSettings,
  cwd: string,
): Promise<ModuleSelection> {
  const { redisUrl, request } = settings
  const app =
    flags.app === undefined
      ? undefined
      : await readApp(flags.app, { code: 'BATON_USAGE', subject: `--app ${flags.app}`, folder: cwd })
  if (flags.plan === undefined) {
    return { ...(await chooseModules({ ...request, globs, cwd, redisUrl })), ...(app && { app }) }
  }
  const plan = await readPlan(flags.plan, { env: process.env, servers: Object.keys(settings.servers) }, cwd)
  hideSecrets(plan.secrets)
  const all = await selectSuites(plan, flags, cwd)
  const history = await readHistory(cwd, redisUrl)
  const { suites, notes } = request.lastFailed ? selectFailedSuites(all, history, cwd) : { suites: all, notes: [] }
  const { order, waitTimeoutMs } = plan
  return {
    files: [...new Set(suites.flatMap(({ files }) => files))],
    history,
    notes,
    ...(app && { app }),
    plan: { order, suites, ...(waitTimeoutMs !== undefined && { waitTimeoutMs }) },
  }
}

/** @throws BatonErrors with every glob that matches nothing and every app that can't be used */
async function selectSuites(plan: TestPlan, flags: RunFlags, cwd: string): Promise<SelectedSuite[]> {
  const suites = plan.suites.map(suite => withFlags(suite, flags))
  const [found, apps] = await Promise.allSettled([
    findSuites({ ...plan, suites }, cwd),
    readSuiteApps(suites, plan, cwd),
  ])
  if (found.status === 'rejected' || apps.status === 'rejected') {
    const reasons = [found, apps].flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
    const error = combineErrors(reasons)
    throw error instanceof BatonErrors ? new BatonErrors(sortByLocation(error.errors)) : error
  }
  return found.value.map(each => {
    const app = apps.value.get(each.suite.name)
    return { ...each, ...(app && { app }) }
  })
}

function selectFailedSuites(
  all: readonly SelectedSuite[],
  history: History,
  cwd: string,
): { suites: SelectedSuite[]; notes: string[] } {
  const nameOf = (file: string): string => relative(cwd, file).replaceAll(sep, '/')
  const hasFailed = (file: string): boolean => hasFailedLastTime(history, nameOf(file), false)
  const { notes } = selectFailed([...new Set(all.flatMap(({ files }) => files))], hasFailed, [])
  return { suites: failedSuites(all, hasFailed), notes }
}

/** Decides what each module asks the farm for; throws as planRun and planSuites do. */
export function planSelection(
  { plan, history }: ModuleSelection,
  loaded: LoadedModules,
  cwd: string,
  { request, farm }: { request: SelectionOptions; farm: readonly Candidate[] },
): PlannedRun {
  if (plan) return planSuites({ ...plan, loaded, cwd }, { on: request.on, farm, history })
  return planRun(loaded, request, { farm, history })
}

/** Those of the plan, where there is one, as the command line leaves them. */
export function suitesOf({ plan }: ModuleSelection): Suite[] {
  return plan?.suites.map(({ suite }) => suite) ?? []
}

/** Whether not all tests of a module were to run: its result then says little of it. */
export function isPartialRun({ plan }: ModuleSelection, flags: RunFlags, cwd: string): (file: string) => boolean {
  const suites = (plan?.suites ?? []).filter(({ suite }) => suite.grep !== undefined)
  const partly = new Set(suites.flatMap(({ files }) => files))
  return file => flags.grep !== undefined || partly.has(resolve(cwd, file))
}

/** What the command line says holds for all suites, whatever they say. */
function withFlags(suite: Suite, flags: RunFlags): Suite {
  const { on, retries, grep, app, testTimeoutMs, moduleTimeoutMs, ...rest } = suite
  return {
    ...rest,
    ...(on !== undefined && flags.on === undefined && { on }),
    ...(retries !== undefined && flags.retries === undefined && { retries }),
    ...(grep !== undefined && flags.grep === undefined && { grep }),
    ...(app !== undefined && flags.app === undefined && { app }),
    ...(testTimeoutMs !== undefined && flags.timeout === undefined && { testTimeoutMs }),
    ...(moduleTimeoutMs !== undefined && flags.moduleTimeout === undefined && { moduleTimeoutMs }),
  }
}

/** @throws BatonError BATON_USAGE where it doesn't say what to run, or says it twice */
export function validateSelection(globs: readonly string[], flags: RunFlags): void {
  if (flags.plan !== undefined) return validatePlanFlags(globs, flags)
  if (globs.length > 0 || flags.lastFailed) return
  throw new BatonError('BATON_USAGE', 'baton run: expected the modules to run: files, folders or globs, or --plan.', {
    hint: "e.g. baton run 'test/modules/**/*.ts'",
  })
}

function validatePlanFlags(globs: readonly string[], { every, shard }: RunFlags): void {
  if (globs.length > 0) {
    throw new BatonError('BATON_USAGE', `baton run: expected --plan or globs, found both: ${globs.join(' ')}`, {
      hint: 'the suites of a plan name its modules.',
    })
  }
  if (every !== undefined)
    throw new BatonError('BATON_USAGE', "baton run: --plan says what runs where, so --every can't be beside it.")
  if (shard) {
    throw new BatonError('BATON_USAGE', "baton run: a plan has an order, which shards can't keep among them.", {
      hint: 'one run of a plan uses all devices of the farm; or give each shard a plan of its own.',
    })
  }
}
