import { queueNameFor, type NeedDetails } from '../lease/queue-name.js'
import { linkStages, type Stage } from '../lease/stage.js'
import { addModules } from '../queue/add-modules.js'
import type { ModuleJob } from '../queue/module-job.js'
import { packBundle } from '../module/pack-bundle.js'
import type { FarmConnection } from './farm-connection.js'
import { isRunnable } from './unavailable-modules.js'
import type { PlannedModule } from './selection/plan-modules.js'
import type { RunOptions, SuiteOptions } from './run-options.js'
import { ownValue } from '../device/references.js'

export interface Submission {
  run: string
  modules: readonly PlannedModule[]
  /** Which modules wait for which others; those that name no stage wait for none. */
  stages: readonly Stage[]
  options: RunOptions
  stop: AbortSignal
  /** The run outlives this process as soon as all of it is submitted. */
  detached?: boolean
}

/**
 * Puts a run's modules into the farm's queues, one queue for each stage and distinct set of needs. The run must be open. Stages
 * start when everything is submitted, so that a submitter that dies half-way does not run half of a plan.
 * @returns names of the queues
 * @throws the reason of `stop` if that is aborted meanwhile
 */
export async function submitRun(farm: FarmConnection, submission: Submission): Promise<string[]> {
  const { run, options, stop } = submission
  const modules = submission.modules.filter(isRunnable)
  await Promise.all([storeBundles(farm, run, modules, stop), storeApps(farm, run, options, stop)])
  const stages = linkStages(submission.stages, queuesByStage(run, modules, options))
  await farm.runs.registerStages(run, stages)
  const queues = new Map<string, Map<number, ModuleJob[]>>()
  for (const module of modules) {
    const own = optionsOf(module, options)
    const queue = await farm.runs.registerNeeds(run, module.roles, detailsOf(module, own))
    const byRetries = queues.get(queue) ?? new Map<number, ModuleJob[]>()
    byRetries.set(own.retries, [...(byRetries.get(own.retries) ?? []), jobOf(run, module, own)])
    queues.set(queue, byRetries)
  }
  for (const [queue, byRetries] of queues) {
    for (const [retries, jobs] of byRetries) {
      // A run that is stopped may have been removed from Redis already: nothing must be added again.
      stop.throwIfAborted()
      await addModules(farm.redis, farm.prefix, queue, jobs, { retries })
    }
  }
  await farm.runs.startStages(run, stages, submission.detached)
  return [...queues.keys()]
}

function queuesByStage(run: string, modules: readonly PlannedModule[], options: RunOptions): Map<string, Set<string>> {
  const queues = new Map<string, Set<string>>()
  for (const module of modules) {
    const { stage, roles } = module
    if (stage === undefined) continue
    const queue = queueNameFor(run, roles, detailsOf(module, optionsOf(module, options)))
    queues.set(stage, (queues.get(stage) ?? new Set()).add(queue))
  }
  return queues
}

function detailsOf({ stage }: PlannedModule, { execution: { app } }: SuiteOptions): NeedDetails {
  return { ...(stage !== undefined && { stage }), ...(app && { app: app.hash }) }
}

async function storeBundles(
  farm: FarmConnection,
  run: string,
  modules: readonly PlannedModule[],
  stop: AbortSignal,
): Promise<void> {
  const bundles = new Map(modules.map(({ loaded }) => [loaded.bundle.hash, loaded.bundle]))
  for (const hash of await farm.runs.files.useBundles(run, [...bundles.keys()])) {
    const bundle = bundles.get(hash)
    const packed = bundle && (await packBundle(bundle))
    stop.throwIfAborted()
    if (packed) await farm.runs.files.storeBundle(hash, packed)
  }
}

/** Apps are stored like bundles: by their hashes, once for all runs that use them at the same time. */
async function storeApps(farm: FarmConnection, run: string, { apps }: RunOptions, stop: AbortSignal): Promise<void> {
  for (const hash of await farm.runs.files.useBundles(
    run,
    apps.map(app => app.hash),
  )) {
    stop.throwIfAborted()
    const app = apps.find(each => each.hash === hash)
    if (app) await farm.runs.files.storeBundle(hash, app.content)
  }
}

function optionsOf({ suite }: PlannedModule, options: RunOptions): SuiteOptions {
  return (suite === undefined ? undefined : ownValue(options.suites, suite)) ?? options
}

function jobOf(run: string, module: PlannedModule, options: SuiteOptions): ModuleJob {
  const { id, file, firstRole, expectedMs, loaded } = module
  return {
    run,
    module: id,
    file,
    firstRole,
    bundleHash: loaded.bundle.hash,
    ...(expectedMs !== undefined && { expectedMs }),
    options: options.execution,
  }
}
