import { existsSync } from 'node:fs'
import path from 'node:path'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { findModules } from '../../module/find-modules.js'
import { agreeOnShards } from './agreed-shards.js'
import { FarmHistory } from '../history/farm-history.js'
import { FileHistory } from '../history/file-history.js'
import type { History, HistoryStore } from '../history/history.js'
import { projectName } from '../history/project-name.js'
import type { SelectionOptions } from './selection-options.js'
import { assignShards, hasFailedLastTime, selectFailed, selectShard } from './narrow-modules.js'
import type { Shard } from './shard.js'

export interface ChosenModules {
  /** Absolute. */
  files: string[]
  history: History
  /** What the user is told of the choice, a line each. */
  notes: string[]
}

export interface ModuleChoice extends SelectionOptions {
  globs: readonly string[]
  cwd: string
  redisUrl: string | undefined
}

/** The modules of a run: what globs match, of that what failed last time, of that the run's own shard. */
export async function chooseModules(choice: ModuleChoice): Promise<ChosenModules> {
  return withScripts(choice.redisUrl, scripts => choose(choice, scripts))
}

export async function readHistory(cwd: string, redisUrl: string | undefined): Promise<History> {
  return withScripts(redisUrl, async scripts => (await historyStore(cwd, scripts)).read())
}

/** On a connection of their own where the farm is a shared one: it is not opened yet. */
async function withScripts<T>(
  redisUrl: string | undefined,
  work: (scripts: LeaseScripts | undefined) => Promise<T>,
): Promise<T> {
  if (redisUrl === undefined) return work(undefined)
  // a run on a farm of its own does without all of this until that farm is starting
  const { connectFarm } = await import('../farm-connection.js')
  const farm = await connectFarm(redisUrl)
  try {
    return await work(farm.runs.scripts)
  } finally {
    farm.close()
  }
}

/** @param scripts - of the shared farm, where the run has one */
export async function historyStore(cwd: string, scripts: LeaseScripts | undefined): Promise<HistoryStore> {
  if (scripts) return new FarmHistory(scripts, await projectName(cwd))
  return new FileHistory(path.join(cwd, '.baton', 'history.json'))
}

async function choose(choice: ModuleChoice, scripts: LeaseScripts | undefined): Promise<ChosenModules> {
  const { cwd, lastFailed = false, shard } = choice
  const history = await (await historyStore(cwd, scripts)).read()
  const notes: string[] = []
  let files = await filesOf(choice, history)
  const take = (selection: { files: string[]; notes: string[] }): void => {
    files = selection.files
    notes.push(...selection.notes)
  }
  const failed = (file: string): boolean => hasFailedLastTime(history, file, choice.every !== undefined)
  const isThere = (file: string): boolean => existsSync(path.resolve(cwd, file))
  if (lastFailed) {
    const gone = history.files.filter(file => failed(file) && !isThere(file))
    take(selectFailed(files, failed, gone))
  }
  if (shard) take(selectShard(files, shard, await agreedDivision({ ...choice, shard }, files, history, scripts)))
  return { files: files.map(file => path.resolve(cwd, file)), history, notes }
}

/** As the user knows them. Without globs, what failed last time is taken out of all that were ever run. */
async function filesOf({ globs, cwd }: ModuleChoice, history: History): Promise<string[]> {
  if (globs.length === 0) return history.files.filter(file => existsSync(path.resolve(cwd, file))).toSorted()
  return (await findModules(globs, cwd)).map(file => path.relative(cwd, file).replaceAll(path.sep, '/'))
}

async function agreedDivision(
  { cwd, lastFailed, shard }: ModuleChoice & { shard: Shard },
  files: readonly string[],
  history: History,
  scripts: LeaseScripts | undefined,
): Promise<ReturnType<typeof assignShards>> {
  if (lastFailed || !scripts) return assignShards(files, shard, undefined)
  const { by, shards } = assignShards(files, shard, history)
  const { count } = shard
  const division = { project: await projectName(cwd), round: pipelineId(process.env), files, count }
  return { by, shards: await agreeOnShards(scripts, division, [...shards]) }
}

/** What CI servers call one run of a pipeline, the same for all its jobs, also for one that is started again. */
const pipelineVariables = [
  'GITHUB_RUN_ID',
  'CI_PIPELINE_ID',
  'CIRCLE_WORKFLOW_ID',
  'BUILDKITE_BUILD_ID',
  'BUILD_BUILDID',
]

function pipelineId(env: NodeJS.ProcessEnv): string {
  return pipelineVariables.flatMap(name => env[name] || []).join(' ')
}
