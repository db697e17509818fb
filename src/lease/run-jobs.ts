import { z } from 'zod'
import type { RunEvent } from '../event/run-event.js'
import { jobIdOf, moduleOfJobId } from '../queue/module-job.js'
import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'
import { readReply, waitingReply } from './protocol/replies.js'

/** A job of which its run hears nothing more: it has ended, or Redis has lost it. */
export interface FoundJob {
  module: string
  jobId: string
  state: 'completed' | 'failed' | 'missing'
  /** '' if it is missing. */
  queue: string
}

/** Modules with the same needs that wait for devices. */
export interface WaitingModules {
  queue: string
  /** The one that comes next. */
  module: string
  /** How many wait, this one included. */
  count: number
}

const foundSchema = z.array(z.string())
const stateSchema = z.enum(['completed', 'failed', 'missing'])

/** Compares what a run submitted with what its farm has. */
export class RunJobs {
  constructor(private readonly scripts: LeaseScripts) {}

  /**
   * @param queues - in which their jobs may be
   * @param clear - true to remove what is left of missing jobs, before they are added again
   * @returns jobs that neither wait nor run
   */
  async find(queues: readonly string[], modules: readonly string[], clear = false): Promise<FoundJob[]> {
    const found: FoundJob[] = []
    for (let start = 0; start < modules.length; start += limits.batch) {
      const jobs = modules.slice(start, start + limits.batch).map(jobIdOf)
      const raw = await this.scripts.call('find-jobs', JSON.stringify(queues), clear ? '1' : '0', ...jobs)
      const texts = foundSchema.parse(raw)
      for (let at = 0; at + 2 < texts.length; at += 3) {
        const [jobId = '', state, queue = ''] = texts.slice(at, at + 3)
        found.push({ module: moduleOfJobId(jobId), jobId, state: stateSchema.parse(state), queue })
      }
    }
    return found
  }

  /** Records the end of a module in the run's stream, once for all who follow it; not if its job has another state by now. */
  async recordEnd(run: string, queues: readonly string[], { jobId, state }: FoundJob, event: RunEvent): Promise<void> {
    await this.scripts.call('record-end', run, JSON.stringify(queues), jobId, state, JSON.stringify(event))
  }

  /**
   * @param queues - of a run, at most `limits.batch`
   * @returns those with modules that wait for devices, and Redis's time in milliseconds since the epoch
   */
  async waiting(queues: readonly string[]): Promise<{ now: number; waiting: WaitingModules[] }> {
    const reply = readReply(waitingReply, await this.scripts.call('waiting-modules', ...queues))
    const waiting = reply.waiting.map(([queue, job, count]) => ({ queue, module: moduleOfJobId(job), count }))
    return { now: reply.now, waiting }
  }

  /** @returns whether modules of the stage can still be run */
  async isStageOpen(run: string, stage: string): Promise<boolean> {
    const state = await this.scripts.redis.hget(this.scripts.key('run', run, 'stage-states'), stage)
    return state === null || state === 'held' || state === 'begun'
  }
}
