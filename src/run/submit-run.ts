import { addModules } from '../queue/add-modules.js'
import type { ModuleJob } from '../queue/module-job.js'
import { packBundle } from '../module/pack-bundle.js'
import type { FarmConnection } from './farm-connection.js'
import type { PlannedModule } from './plan-run.js'
import type { RunApp } from './read-app.js'
import type { RunOptions } from './run-options.js'

/**
 * Puts a run's modules into the farm's queues, one queue for each distinct set of needs. The run must be open.
 * @returns names of the queues
 * @throws the reason of `stop` where that is aborted meanwhile
 */
export async function submitRun(
  farm: FarmConnection,
  run: string,
  modules: readonly PlannedModule[],
  options: RunOptions,
  stop: AbortSignal,
): Promise<string[]> {
  await Promise.all([storeBundles(farm, run, modules, stop), storeApp(farm, run, options, stop)])
  const queues = new Map<string, ModuleJob[]>()
  for (const module of modules) {
    const queue = await farm.runs.need(run, module.roles)
    const jobs = queues.get(queue) ?? []
    jobs.push(jobOf(run, module, options))
    queues.set(queue, jobs)
  }
  for (const [queue, jobs] of queues) {
    // a run that is stopped may have been taken out of Redis already: nothing must be put back
    stop.throwIfAborted()
    await addModules(farm.redis, farm.prefix, queue, jobs, { retries: options.retries })
  }
  return [...queues.keys()]
}

async function storeBundles(
  farm: FarmConnection,
  run: string,
  modules: readonly PlannedModule[],
  stop: AbortSignal,
): Promise<void> {
  const bundles = new Map(modules.map(({ loaded }) => [loaded.bundle.hash, loaded.bundle]))
  for (const hash of await farm.runs.useBundles(run, [...bundles.keys()])) {
    const bundle = bundles.get(hash)
    const packed = bundle && (await packBundle(bundle))
    stop.throwIfAborted()
    if (packed) await farm.runs.storeBundle(hash, packed)
  }
}

/** An app travels as bundles do: by its hash, once for all runs that use it at the time. */
async function storeApp(farm: FarmConnection, run: string, { app }: RunOptions, stop: AbortSignal): Promise<void> {
  if (!app || (await farm.runs.useBundles(run, [app.hash])).length === 0) return
  stop.throwIfAborted()
  await farm.runs.storeBundle(app.hash, app.content)
}

function jobOf(run: string, module: PlannedModule, options: RunOptions): ModuleJob {
  const { id, file, firstRole, expectedMs, loaded } = module
  return {
    run,
    module: id,
    file,
    firstRole,
    bundleHash: loaded.bundle.hash,
    ...(expectedMs !== undefined && { expectedMs }),
    options: options.app ? { ...options.execution, app: nameOf(options.app) } : options.execution,
  }
}

function nameOf({ hash, name }: RunApp): { hash: string; name: string } {
  return { hash, name }
}
