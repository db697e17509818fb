import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { LeaseScripts } from '../../lease/lease-scripts.js'

/**
 * The shards of one run start at different times, and each that ends changes the history. If each divided the modules by
 * itself, a module could be in two shards or in none. So the first shard's division counts for all that divide the same
 * modules, until this many seconds after the last of them started.
 */
const keepSeconds = 6 * 3_600

const shardsSchema = z.array(z.int().min(1))

export interface ShardAgreement {
  /** Distinguishes projects that have files of the same name. */
  project: string
  /** The CI server's id of the pipeline run that these shards belong to; '' outside of CI. */
  pipeline: string
  files: readonly string[]
  count: number
}

/**
 * @param own - the shard of each module, as this process would divide them
 * @returns the shard of each module, as the first process divided them
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
  return shardsSchema.length(own.length).parse(JSON.parse(first))
}

/** Variables of CI servers that identify one run of a pipeline: equal in all its jobs, and in a job that is restarted. */
const pipelineVariables = [
  'GITHUB_RUN_ID',
  'CI_PIPELINE_ID',
  'CIRCLE_WORKFLOW_ID',
  'BUILDKITE_BUILD_ID',
  'BUILD_BUILDID',
]

/** @returns '' outside of CI */
export function pipelineId(env: NodeJS.ProcessEnv): string {
  return pipelineVariables.flatMap(name => env[name] || []).join(' ')
}
