import { z } from 'zod'
import { moduleResultSchema, type ModuleResult } from '../queue/module-result.js'
import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'
import { parseJson } from '../process/parse-json.js'

const repliesSchema = z.array(z.string())

/**
 * How the modules of a run ended, in one place for everybody who reads the run. What a reader finds in the run's streams is
 * only a proposal: Redis may have lost a result that another reader has seen, and its clock decides what comes first.
 */
export class RunResults {
  constructor(private readonly scripts: LeaseScripts) {}

  /**
   * Records results. The first one of a module is final.
   * @returns the recorded result of each module, in the same order; what was passed if the run is gone
   */
  async record(run: string, results: readonly ModuleResult[]): Promise<ModuleResult[]> {
    const recorded: ModuleResult[] = []
    for (let start = 0; start < results.length; start += limits.batch) {
      const batch = results.slice(start, start + limits.batch)
      const args = batch.flatMap(result => [result.module, JSON.stringify(result)])
      const replies = repliesSchema.parse(await this.scripts.call('record-results', run, ...args))
      recorded.push(...batch.map((result, index) => readRecorded(result, replies[index] ?? '')))
    }
    return recorded
  }
}

function readRecorded({ module }: ModuleResult, reply: string): ModuleResult {
  const parsed = moduleResultSchema.safeParse(parseJson(reply))
  if (parsed.success && parsed.data.module === module) return parsed.data
  return { module, verdict: 'lost', attempts: 0, reasons: ['what was recorded of its end is not a result'] }
}
