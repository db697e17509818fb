import { queueNameFor, type NeedDetails } from '../lease/queue-name.js'
import { linkStages, type LinkedStage, type Stage } from '../lease/stage.js'
import { allSettledOrThrow, BatonError } from '../error/baton-error.js'
import { addModules } from '../queue/add-modules.js'
import { obliterateQueue } from '../queue/obliterate-queue.js'
import type { ModuleJob } from '../queue/module-job.js'
import { packBundle } from '../module/pack-bundle.js'
import type { FarmConnection } from './farm-connection.js'
import { runLostReasons } from './keep-run-alive.js'
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
 * @returns module → its queue
 * @throws the reason of `stop` if that is aborted meanwhile
 */
export async function submitRun(farm: FarmConnection, submission: Submission): Promise<Map<string, string>> {
  const { run, stages } = submission
  const modules = submission.modules.filter(isRunnable)
  const linked = linkStages(stages, queuesByStage(run, modules, submission.options))
  const queueOf = await submitModules(farm, submission, modules, linked)
  await farm.runs.startStages(run, linked, submission.detached)
  return queueOf
}

/**
 * Submits modules of a run again that Redis has lost, and whatever else of them is missing.
 * @returns modules that can no longer be run, because their stage is over
 */
export async function submitAgain(
  farm: FarmConnection,
  submission: Submission,
  lost: ReadonlySet<string>,
): Promise<string[]> {
  const { run, stages, options } = submission
  const runnable = submission.modules.filter(isRunnable)
  const open = new Map<string, boolean>()
  for (const { name } of stages) open.set(name, await farm.runs.jobs.isStageOpen(run, name))
  const isOver = ({ stage }: PlannedModule): boolean => stage !== undefined && open.get(stage) === false
  const missing = runnable.filter(({ id }) => lost.has(id))
  const linked = linkStages(stages, queuesByStage(run, runnable, options))
  const again = missing.filter(module => !isOver(module))
  const queueOf = await submitModules(farm, submission, again, linked)
  await farm.runs.startStages(run, linked)
  await farm.runs.schedule([...new Set(queueOf.values())])
  return missing.filter(isOver).map(({ id }) => id)
}

async function submitModules(
  farm: FarmConnection,
  { run, options, stop }: Submission,
  modules: readonly PlannedModule[],
  stages: readonly LinkedStage[],
): Promise<Map<string, string>> {
  await allSettledOrThrow([storeBundles(farm, run, modules, stop), storeApps(farm, run, options, stop)])
  await farm.runs.registerStages(run, stages)
  const queueOf = new Map<string, string>()
  const queues = new Map<string, Map<number, ModuleJob[]>>()
  for (const module of modules) {
    const own = optionsOf(module, options)
    const queue = await farm.runs.registerNeeds(run, module.roles, detailsOf(module, own))
    const byRetries = queues.get(queue) ?? new Map<number, ModuleJob[]>()
    byRetries.set(own.retries, [...(byRetries.get(own.retries) ?? []), jobOf(run, module, own)])
    queues.set(queue, byRetries)
    queueOf.set(module.id, queue)
  }
  for (const [queue, byRetries] of queues) {
    for (const [retries, jobs] of byRetries) {
      // A run that is stopped may have been removed from Redis already: nothing must be added again.
      stop.throwIfAborted()
      await addModules(farm.redis, farm.prefix, queue, jobs, { retries })
    }
  }
  await assertOpen(farm, run, queues.keys())
  return queueOf
}

/** If the farm has removed the run meanwhile, nobody else knows of its queues. */
async function assertOpen(farm: FarmConnection, run: string, queues: Iterable<string>): Promise<void> {
  if (await farm.runs.isKnown(run)) return
  for (const queue of queues) await obliterateQueue(farm.redis, farm.prefix, queue)
  throw new BatonError('BATON_REDIS', runLostReasons.gone, { hint: 'submit it again' })
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

function optionsOf({ suite, execution }: PlannedModule, options: RunOptions): SuiteOptions {
  const shared = (suite === undefined ? undefined : ownValue(options.suites, suite)) ?? options
  return execution ? { ...shared, execution } : shared
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
