import { createHash } from 'node:crypto'
import { countOf } from '../../error/closest-name.js'
import type { ModuleFile } from '../../module/module-file.js'
import type { History } from '../history/history.js'
import { median } from '../history/module-history.js'
import type { SelectedFiles } from './last-failed.js'

/** `--shard 2/5`: the second of five parts of a run, each on its own machine. */
export interface Shard {
  /** 1 for the first. */
  index: number
  count: number
}

/** @returns undefined if the text is not a shard */
export function parseShard(text: string): Shard | undefined {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? []
  if (index === undefined || count === undefined || index > count) return undefined
  return { index, count }
}

/**
 * Which shard has which module. Shards that share a history divide by past durations, and have to agree on the result;
 * others divide by path, which needs no agreement. What failed last time is always divided by path, because that list
 * changes while the shards run.
 */
export interface ShardAssignment {
  by: 'durations' | 'path'
  /** The shard of each file, in their order. */
  shards: readonly number[]
}

/** @param history - shared by all shards; undefined: each has its own */
export function assignShards(
  files: readonly ModuleFile[],
  { count }: Shard,
  history: History | undefined,
): ShardAssignment {
  const names = files.map(({ name }) => name)
  if (!history) return { by: 'path', shards: names.map(name => shardByPath(name, count)) }
  return { by: 'durations', shards: shardByDuration(names, count, name => history.expectedMs(name)) }
}

export function selectShard(
  files: readonly ModuleFile[],
  { index, count }: Shard,
  { by, shards }: ShardAssignment,
): SelectedFiles {
  const own = files.filter((_, at) => shards[at] === index)
  const names = files.map(({ name }) => name)
  const how =
    by === 'path'
      ? 'divided by path'
      : `divided by past durations (division ${assignmentHash(names, shards)}, equal on all shards)`
  return {
    files: own,
    notes: [`shard ${index} of ${count}: ${own.length} of ${countOf(files.length, 'module')}, ${how}`],
  }
}

/** The shard of a module by its path alone: adding or removing other modules does not move it. */
export function shardByPath(file: string, count: number): number {
  return 1 + (createHash('sha256').update(file).digest().readUInt32BE(0) % count)
}

/**
 * Divides modules so that all shards take about the same time: longest first, each to the shard with the least to do. A
 * module that never ran counts as the median of the others.
 * @returns the shard of each, in their order
 */
export function shardByDuration(
  files: readonly string[],
  count: number,
  expectedMs: (file: string) => number | undefined,
): number[] {
  const known = files.map(expectedMs)
  const usual = median(known.flatMap(ms => ms ?? [])) ?? 1
  const order = files.map((file, at) => ({ file, at, ms: known[at] ?? usual }))
  order.sort((a, b) => b.ms - a.ms || (a.file < b.file ? -1 : 1))
  const busyMs = Array.from({ length: count }, () => 0)
  const shards: number[] = []
  for (const { at, ms } of order) {
    const least = busyMs.indexOf(Math.min(...busyMs))
    busyMs[least] = (busyMs[least] ?? 0) + ms
    shards[at] = least + 1
  }
  return shards
}

/** A short text that people can compare: equal on all shards that divide the same modules in the same way. */
export function assignmentHash(files: readonly string[], shards: readonly number[]): string {
  return createHash('sha256')
    .update(JSON.stringify([files, shards]))
    .digest('hex')
    .slice(0, 8)
}
