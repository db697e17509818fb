import { createHash } from 'node:crypto'
import { median } from '../history/module-history.js'

/** `--shard 2/5`: the second of five parts of a run, each on a machine of its own. */
export interface Shard {
  /** 1 for the first. */
  index: number
  count: number
}

/** @returns undefined where the text is no shard */
export function parseShard(text: string): Shard | undefined {
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? []
  if (index === undefined || count === undefined || index > count) return undefined
  return { index, count }
}

/** The shard of a module by its path alone: whatever else there is, it stays in that one. */
export function shardByPath(file: string, count: number): number {
  return 1 + (createHash('sha256').update(file).digest().readUInt32BE(0) % count)
}

/**
 * Divides modules so that shards take about the same time: longest first, each to the shard with the least to do. One that
 * never ran counts as the median of the others.
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

/** What all shards of one run must have in common, as a short text to compare. */
export function assignmentHash(files: readonly string[], shards: readonly number[]): string {
  return createHash('sha256')
    .update(JSON.stringify([files, shards]))
    .digest('hex')
    .slice(0, 8)
}
