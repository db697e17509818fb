import type { FetchedModule } from './fetch-module.js'

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
