import { existsSync } from 'node:fs'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { findModules } from '../../module/find-modules.js'
import { moduleFile, type ModuleFile } from '../../module/module-file.js'
import type { History } from '../history/history.js'
import { openHistory } from '../history/open-history.js'
import { projectName } from '../history/project-name.js'
import { agreeOnShards, pipelineId } from './agreed-shards.js'
import { hasFailedLastTime, selectFailed, selectFailedSuites, type SelectedFiles } from './last-failed.js'
import type { ModuleSelection, SelectedPlan } from './module-selection.js'
import type { SelectionOptions } from './selection-options.js'
import { assignShards, selectShard, type Shard, type ShardAssignment } from './shard.js'

/** Where modules come from: globs of the command line, files that have been found, or a plan whose suites have been found. */
export type ModuleSource = { globs: readonly string[] } | { files: readonly ModuleFile[] } | { plan: SelectedPlan }

export interface SelectModulesOptions {
  source: ModuleSource
  /** Where the run is started; absolute. */
  cwd: string
  options: SelectionOptions
  /** Of the shared farm; undefined if the run has its own farm. */
  redisUrl: string | undefined
}

/**
 * Finds the modules of a run and narrows them: to those that failed last time, then to one shard.
 * @throws BatonError BATON_NO_MODULES if a glob matches nothing; BATON_REDIS if the shared farm can't be reached
 */
export async function selectModules(request: SelectModulesOptions): Promise<ModuleSelection> {
  return withScripts(request.redisUrl, async scripts => {
    const { source, cwd, options } = request
    const history = await (await openHistory(cwd, scripts)).read()
    if ('plan' in source) return { ...narrowPlan(source.plan, options, history), history }
    const files = 'files' in source ? source.files : await findFiles(source.globs, cwd, history)
    return { ...(await narrowFiles(files, request, history, scripts)), history }
  })
}

/** On a connection of its own, because the farm isn't opened yet. @param work - gets none without a shared farm */
async function withScripts<T>(
  redisUrl: string | undefined,
  work: (scripts: LeaseScripts | undefined) => Promise<T>,
): Promise<T> {
  if (redisUrl === undefined) return work(undefined)
  // Loaded only now: a run with its own farm doesn't need it yet, and should start that farm soon.
  const { connectFarm } = await import('../farm-connection.js')
  const farm = await connectFarm(redisUrl, 'run')
  try {
    return await work(farm.runs.scripts)
  } finally {
    farm.close()
  }
}

/** Without globs, `--last-failed` selects from every file that the history knows. */
async function findFiles(globs: readonly string[], cwd: string, history: History): Promise<ModuleFile[]> {
  if (globs.length > 0) return findModules(globs, cwd)
  return history.files
    .toSorted()
    .map(name => moduleFile(name, cwd))
    .filter(({ path }) => existsSync(path))
}

async function narrowFiles(
  files: readonly ModuleFile[],
  { cwd, options }: SelectModulesOptions,
  history: History,
  scripts: LeaseScripts | undefined,
): Promise<SelectedFiles> {
  const { lastFailed = false, shard, every } = options
  const notes: string[] = []
  let selected = [...files]
  const apply = (step: SelectedFiles): void => {
    selected = step.files
    notes.push(...step.notes)
  }
  if (lastFailed) {
    const hasFailed = (name: string): boolean => hasFailedLastTime(history, name, every !== undefined)
    const missing = history.files.filter(name => hasFailed(name) && !existsSync(moduleFile(name, cwd).path))
    apply(selectFailed(selected, ({ name }) => hasFailed(name), missing))
  }
  if (shard) {
    const shared = lastFailed || !scripts ? undefined : { scripts, history, cwd }
    apply(selectShard(selected, shard, await assignAgreedShards(selected, shard, shared)))
  }
  return { files: selected, notes }
}

async function assignAgreedShards(
  files: readonly ModuleFile[],
  shard: Shard,
  shared: { scripts: LeaseScripts; history: History; cwd: string } | undefined,
): Promise<ShardAssignment> {
  const { by, shards } = assignShards(files, shard, shared?.history)
  if (!shared) return { by, shards }
  const names = files.map(({ name }) => name)
  const project = await projectName(shared.cwd)
  const agreement = { project, pipeline: pipelineId(process.env), files: names, count: shard.count }
  return { by, shards: await agreeOnShards(shared.scripts, agreement, [...shards]) }
}

function narrowPlan(
  plan: SelectedPlan,
  { lastFailed = false }: SelectionOptions,
  history: History,
): Omit<ModuleSelection, 'history'> {
  const all = uniqueFiles(plan)
  if (!lastFailed) return { files: all, notes: [], plan }
  const hasFailed = ({ name }: ModuleFile): boolean => hasFailedLastTime(history, name, false)
  const { notes } = selectFailed(all, hasFailed, [])
  const narrowed = { ...plan, suites: selectFailedSuites(plan.suites, hasFailed) }
  return { files: uniqueFiles(narrowed), notes, plan: narrowed }
}

function uniqueFiles({ suites }: SelectedPlan): ModuleFile[] {
  const files = suites.flatMap(suite => suite.files)
  return [...new Map(files.map(file => [file.path, file])).values()]
}
