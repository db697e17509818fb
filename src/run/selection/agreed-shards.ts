import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { LeaseScripts } from '../../lease/lease-scripts.js'

/**
 * Shards of one run begin at different times, and each that ends changes the history: divided anew, a module could be in
 * two of them or in none. So the first one's division counts for all that divide the same modules, for this long after
 * the last of them began.
 */
const keepSeconds = 6 * 3_600

const divisionSchema = z.array(z.int().min(1))

export interface ShardAgreement {
  /** Tells apart what different projects call by the same file. */
  project: string
  /** Names the run of which these are shards, where the CI server has a name for it; else ''. */
  round: string
  files: readonly string[]
  count: number
}

/**
 * @param own - the shard of each module, as this process would divide them
 * @returns the shard of each module, as whoever came first did
 */
export async function agreeOnShards(
  scripts: LeaseScripts,
  agreement: ShardAgreement,
  own: number[],
): Promise<number[]> {
  const hash = createHash('sha256').update(JSON.stringify(agreement)).digest('hex')
  const key = scripts.key('shards', hash)
  const first = await scripts.redis.set(key, JSON.stringify(own), 'EX', keepSeconds, 'NX', 'GET')
  if (first === null) return own
  await scripts.redis.expire(key, keepSeconds)
  return divisionSchema.length(own.length).parse(JSON.parse(first))
}
