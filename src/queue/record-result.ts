import type { FetchedModule } from './fetch-module.js'
import { bullNames } from './key-names.js'
import { failedReasonOf, type ModuleResult } from './module-result.js'

/**
 * Records that a module passed or was skipped. After a failed attempt a pass is `flaky`.
 * @throws if the job's lock is lost: another lease has, or will get, the job, and its result counts
 */
export async function completeModule(fetched: FetchedModule, verdict: 'passed' | 'skipped'): Promise<void> {
  const { job, lease, attempt, data } = fetched
  const result: ModuleResult = {
    module: data.module,
    verdict: verdict === 'passed' && attempt > 1 ? 'flaky' : verdict,
    attempts: attempt,
    lease,
  }
  // `false`: BullMQ would fetch the next job under this lease, whose devices are about to be released.
  await job.moveToCompleted(result, lease, false)
}

/**
 * Records a failed attempt. BullMQ's attempts are the module's retries: while there are some, the job waits again.
 * @throws if the job's lock is lost
 */
export async function failModule(fetched: FetchedModule): Promise<void> {
  const { job, backend, lease, attempt, data } = fetched
  const result: ModuleResult = { module: data.module, verdict: 'failed', attempts: attempt, lease }
  const { attempts = 1, backoff } = job.opts
  if (attempt >= attempts) return moveToFailed(fetched, result)
  const fieldsToUpdate = { [bullNames.failedReasonField]: failedReasonOf(result), ...fieldsOf(result) }
  const delayMs = typeof backoff === 'object' ? (backoff.delay ?? 0) : (backoff ?? 0)
  if (delayMs === 0) await backend.retryJob(fetched.jobId, false, lease, { fieldsToUpdate })
  else await backend.moveToDelayed(fetched.jobId, Date.now(), delayMs, lease, { fieldsToUpdate })
}

/**
 * Ends a module without a result of its own, even if it has retries left: `lost` to infrastructure, or `not-run` because its
 * run was cancelled. After a failed attempt it has failed all the same.
 * @param reasons - oldest first
 * @throws if the job's lock is lost
 */
export async function giveUpModule(
  fetched: FetchedModule,
  verdict: 'lost' | 'not-run',
  reasons: string[],
): Promise<void> {
  const { data, lease } = fetched
  const attempts = fetched.attempt - 1
  const outcome = attempts > 0 ? 'failed' : verdict
  await moveToFailed(fetched, { module: data.module, verdict: outcome, attempts, lease, reasons })
}

/** The result is written by the script that moves the job, so that nobody sees one without the other. */
async function moveToFailed({ job, backend, lease }: FetchedModule, result: ModuleResult): Promise<void> {
  await backend.moveToFailed(job, failedReasonOf(result), false, lease, false, fieldsOf(result))
}

function fieldsOf(result: ModuleResult): Record<string, string> {
  return { [bullNames.resultField]: JSON.stringify(result) }
}
