import { BatonError, BatonErrors, combineErrors, sortByLocation } from '../error/baton-error.js'
import { findSuites } from '../run/plan/find-suites.js'
import { readPlan } from '../run/plan/read-plan.js'
import { readSuiteApps } from '../run/plan/read-suite-apps.js'
import type { Suite, TestPlan } from '../run/plan/test-plan.js'
import { readApp, type RunApp } from '../run/read-app.js'
import type { ModuleSelection, SelectedPlan, SelectedSuite } from '../run/selection/module-selection.js'
import { selectModules, type ModuleSource } from '../run/selection/select-modules.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import { findSpecs, type FoundSpecs } from '../run/wdio-config/find-specs.js'
import type { LoadedWdioConfig } from '../run/wdio-config/read-wdio-config.js'
import { hideSecrets } from './secrets.js'

/**
 * Selects what a run executes: the modules that globs match, or the suites of a plan.
 * @param globs - as on the command line
 * @param wdio - a WebdriverIO configuration, whose specs are run if there are no globs
 * @throws BatonError or BatonErrors if any of it can't be found or read
 */
export async function readSelection(
  globs: readonly string[],
  flags: RunFlags,
  settings: RunSettings,
  { cwd, wdio }: { cwd: string; wdio?: LoadedWdioConfig | undefined },
): Promise<ModuleSelection> {
  const app = await readAppFlag(flags, cwd)
  const specs = wdio && !flags.plan ? await findSpecs(wdio, { globs, suites: flags.suite ?? [] }, cwd) : undefined
  const source = await moduleSource(globs, flags, settings, { cwd, specs })
  const selection = await selectModules({ source, cwd, options: settings.selection, redisUrl: settings.redisUrl })
  const notes = [...(specs?.notes ?? []), ...selection.notes]
  return { ...selection, notes, ...(app && { app }) }
}

async function moduleSource(
  globs: readonly string[],
  flags: RunFlags,
  settings: RunSettings,
  { cwd, specs }: { cwd: string; specs: FoundSpecs | undefined },
): Promise<ModuleSource> {
  if (specs) return { files: specs.files }
  return flags.plan === undefined ? { globs } : { plan: await readPlanFlag(flags, settings, cwd) }
}

async function readAppFlag({ app }: RunFlags, cwd: string): Promise<RunApp | undefined> {
  if (app === undefined) return undefined
  return readApp(app, { code: 'BATON_USAGE', subject: `--app ${app}`, folder: cwd })
}

async function readPlanFlag(flags: RunFlags, { servers }: RunSettings, cwd: string): Promise<SelectedPlan> {
  const plan = await readPlan(flags.plan ?? '', { env: process.env, servers: Object.keys(servers) }, cwd)
  hideSecrets(plan.secrets)
  const { order, waitTimeoutMs } = plan
  const suites = await findPlanSuites(plan, flags, cwd)
  return { order, suites, ...(waitTimeoutMs !== undefined && { waitTimeoutMs }) }
}

/** @throws BatonErrors with every glob that matches nothing and every app that can't be used */
async function findPlanSuites(plan: TestPlan, flags: RunFlags, cwd: string): Promise<SelectedSuite[]> {
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

/** The options of the command line override those of every suite. */
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

/** @throws BatonError BATON_USAGE if the arguments don't select anything to run, or do so twice */
export function validateSelection(globs: readonly string[], flags: RunFlags): void {
  if (flags.suite && flags.wdioConfig === undefined) {
    throw new BatonError('BATON_USAGE', '--suite needs --wdio-config, whose suites it names.')
  }
  if (flags.plan !== undefined) return validatePlanFlags(globs, flags)
  if (globs.length > 0 || flags.lastFailed || flags.wdioConfig !== undefined) return
  throw new BatonError(
    'BATON_USAGE',
    'baton run: expected the modules to run: files, folders or globs, --plan or --wdio-config.',
    {
      hint: "e.g. baton run 'test/modules/**/*.ts'",
    },
  )
}

function validatePlanFlags(globs: readonly string[], { every, shard }: RunFlags): void {
  if (globs.length > 0) {
    throw new BatonError('BATON_USAGE', `baton run: expected --plan or globs, found both: ${globs.join(' ')}`, {
      hint: 'remove the globs: the suites of a plan name its modules.',
    })
  }
  if (every !== undefined) {
    throw new BatonError('BATON_USAGE', 'baton run: expected --plan or --every, found both.', {
      hint: 'choose in the plan which suite runs on which devices.',
    })
  }
  if (shard) {
    throw new BatonError('BATON_USAGE', "baton run: --shard can't divide a plan, because its suites have an order.", {
      hint: 'run the plan once: it uses all devices of the farm; or give each machine its own plan.',
    })
  }
}
