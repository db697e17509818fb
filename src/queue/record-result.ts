import { UnrecoverableError } from 'bullmq'
import type { FetchedModule } from './fetch-module.js'
import type { ModuleResult } from './module-job.js'

/**
 * Records that a module passed or was skipped. After a failed attempt a pass is `flaky`.
 * @throws where the job's lock is lost: another lease has, or will get, the job, and its result counts
 */
export async function completeModule(fetched: FetchedModule, verdict: 'passed' | 'skipped'): Promise<void> {
  const { job, lease, attempt, data } = fetched
  const result = {
    module: data.module,
    verdict: verdict === 'passed' && attempt > 1 ? ('flaky' as const) : verdict,
    attempts: attempt,
    lease,
  }
  // `false`: BullMQ would fetch the next job under this lease, whose devices are about to be released.
  await job.moveToCompleted(result, lease, false)
}

/**
 * Records a failed attempt. BullMQ's attempts are the module's retries: while there are some, the job waits again.
 * @throws where the job's lock is lost
 */
export async function failModule(fetched: FetchedModule): Promise<void> {
  const { job, lease, attempt, data } = fetched
  const result: ModuleResult = { module: data.module, verdict: 'failed', attempts: attempt, lease }
  await job.moveToFailed(new Error(JSON.stringify(result)), lease, false)
}

/**
 * Ends a module without a result of its own, whatever retries it has left: `lost` to infrastructure, or `not-run` because its
 * run was cancelled. After a failed attempt it has failed all the same.
 * @param reasons - oldest first
 * @throws where the job's lock is lost
 */
export async function giveUpModule(
  fetched: FetchedModule,
  verdict: 'lost' | 'not-run',
  reasons: string[],
): Promise<void> {
  const { job, lease, data } = fetched
  const attempts = fetched.attempt - 1
  const result: ModuleResult = {
    module: data.module,
    verdict: attempts > 0 ? 'failed' : verdict,
    attempts,
    lease,
    reasons,
  }
  await job.moveToFailed(new UnrecoverableError(JSON.stringify(result)), lease, false)
}
