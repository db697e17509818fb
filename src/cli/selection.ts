import { resolve } from 'node:path'
import { BatonError } from '../error/baton-error.js'
import type { LoadedModules } from '../module/load-modules.js'
import { findModules } from '../module/find-modules.js'
import { findSuites, type FoundSuite } from '../run/find-suites.js'
import type { Durations } from '../run/history.js'
import { planRun, type PlanScope } from '../run/plan-run.js'
import { planSuites, type PlannedSuites } from '../run/plan-suites.js'
import { readPlan } from '../run/read-plan.js'
import type { Suite, SuiteOrder } from '../run/test-plan.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import { hideSecrets } from './secrets.js'

/** What a run is to execute: the modules that globs match, or the suites of a plan. */
export interface Selection {
  /** Absolute, each once. */
  files: string[]
  plan?: {
    /** Between suites. */
    order: SuiteOrder
    suites: FoundSuite[]
    waitTimeoutMs?: number
  }
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
): Promise<Selection> {
  if (flags.plan === undefined) return { files: await findModules(globs, cwd) }
  const plan = await readPlan(flags.plan, { env: process.env, servers: Object.keys(settings.servers) })
  hideSecrets(plan.secrets)
  const suites = (await findSuites(plan, cwd)).map(({ suite, files }) => ({ suite: withFlags(suite, flags), files }))
  const { order, waitTimeoutMs } = plan
  return {
    files: [...new Set(suites.flatMap(({ files }) => files))],
    plan: { order, suites, ...(waitTimeoutMs !== undefined && { waitTimeoutMs }) },
  }
}

/** Decides what each module asks the farm for; throws as planRun and planSuites do. */
export function planSelection(
  { plan }: Selection,
  loaded: LoadedModules,
  cwd: string,
  scope: PlanScope,
): PlannedSuites {
  if (plan) return planSuites({ ...plan, loaded, cwd }, scope)
  return { modules: planRun(loaded, scope.on, scope.farm, scope.durations), stages: [] }
}

/** The durations of modules of which nothing was left out: part of a module says nothing of how long it takes. */
export function wholeOnly(durations: Durations, { plan }: Selection, flags: RunFlags, cwd: string): Durations {
  if (flags.grep !== undefined) return {}
  const partly = (plan?.suites ?? []).filter(({ suite }) => suite.grep !== undefined).flatMap(({ files }) => files)
  return Object.fromEntries(Object.entries(durations).filter(([file]) => !partly.includes(resolve(cwd, file))))
}

/** What the command line says holds for all suites, whatever they say. */
function withFlags(suite: Suite, flags: RunFlags): Suite {
  const { on, retries, grep, testTimeoutMs, moduleTimeoutMs, ...rest } = suite
  return {
    ...rest,
    ...(on !== undefined && flags.on === undefined && { on }),
    ...(retries !== undefined && flags.retries === undefined && { retries }),
    ...(grep !== undefined && flags.grep === undefined && { grep }),
    ...(testTimeoutMs !== undefined && flags.timeout === undefined && { testTimeoutMs }),
    ...(moduleTimeoutMs !== undefined && flags.moduleTimeout === undefined && { moduleTimeoutMs }),
  }
}

/** @throws BatonError BATON_USAGE where it doesn't say what to run, or says it twice */
export function refuseUnclear(globs: readonly string[], flags: RunFlags): void {
  if (flags.plan !== undefined && globs.length > 0) {
    throw new BatonError('BATON_USAGE', `baton run: expected --plan or globs, found both: ${globs.join(' ')}`, {
      hint: 'the suites of a plan name its modules.',
    })
  }
  if (flags.plan !== undefined || globs.length > 0) return
  throw new BatonError('BATON_USAGE', 'baton run: expected the modules to run: files, folders or globs, or --plan.', {
    hint: "e.g. baton run 'test/modules/**/*.ts'",
  })
}
