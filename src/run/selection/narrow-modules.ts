import type { History } from '../history/history.js'
import { assignmentHash, shardByDuration, shardByPath, type Shard } from './shard.js'

export interface SelectedFiles {
  files: string[]
  /** What the user is told of it, a line each. */
  notes: string[]
}

/** @param every - the run is for every device: a failure on any of them counts */
export function hasFailedLastTime(history: History, file: string, every: boolean): boolean {
  return history.hasFailed(file) || (every && history.failedDevices(file).length > 0)
}

/**
 * @param hasFailed - last time
 * @param gone - modules that failed last time and are no longer there
 */
export function selectFailed(
  files: readonly string[],
  hasFailed: (file: string) => boolean,
  gone: readonly string[],
): SelectedFiles {
  const failed = files.filter(hasFailed)
  const missing = gone.map(file => `${file} failed last time, and is no longer there`)
  const found = failed.length === 0 ? 'no module failed last time' : `${countOf(failed.length)} failed last time`
  return { files: failed, notes: [...missing, found] }
}

/**
 * How a run is divided. Where shards share a history, by past durations, as they agreed on; else by path, which needs no
 * agreement. What failed last time is divided by path, always: while one shard runs, that list changes for the next one.
 */
export interface ShardAssignment {
  by: 'durations' | 'path'
  /** The shard of each file, in their order. */
  shards: readonly number[]
}

export function assignShards(
  files: readonly string[],
  { count }: Shard,
  history: History | undefined,
): ShardAssignment {
  if (!history) return { by: 'path', shards: files.map(file => shardByPath(file, count)) }
  return { by: 'durations', shards: shardByDuration(files, count, file => history.expectedMs(file)) }
}

export function selectShard(
  files: readonly string[],
  { index, count }: Shard,
  { by, shards }: ShardAssignment,
): SelectedFiles {
  const own = files.filter((_, at) => shards[at] === index)
  const how =
    by === 'path' ? 'divided by path' : `divided by past durations; all shards say ${assignmentHash(files, shards)}`
  return { files: own, notes: [`shard ${index} of ${count}: ${own.length} of ${countOf(files.length)}, ${how}`] }
}

function countOf(modules: number): string {
  return `${modules} module${modules === 1 ? '' : 's'}`
}
