import { z } from 'zod'
import { explainWait } from './explain-wait.js'
import { Registry } from './registry.js'
import type { RunLeases } from './run-leases.js'

const definitionSchema = z.object({ roles: z.array(z.tuple([z.string(), z.string()])) })

/** Ends the modules of a queue that wait though no online device fits: they are lost, with why. Safe to call again. */
export async function giveUpNeed(runs: RunLeases, queue: string): Promise<void> {
  const { scripts } = runs
  const text = await scripts.redis.get(scripts.key('need', queue))
  if (text === null) return
  const needs = Object.fromEntries(definitionSchema.parse(JSON.parse(text)).roles)
  await runs.drop(queue, 'lost', explainWait(needs, await new Registry(scripts).needState(needs)))
}
