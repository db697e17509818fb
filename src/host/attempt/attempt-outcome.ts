/** How an execution ended, as its host saw it. */
export type AttemptOutcome =
  | { verdict: 'passed' | 'skipped' | 'failed' }
  /** A device, session or worker kept the module from its result. */
  | { verdict: 'infrastructure'; reason: string }
  /** A device would not have the app that the run brings along. */
  | { verdict: 'refused'; device: string; reason: string }
  /** It was told to stop. */
  | { verdict: 'interrupted' }

/** What is done with the job. */
export type Finish =
  | { action: 'complete'; verdict: 'passed' | 'skipped' }
  | { action: 'fail' }
  | { action: 'give-back' }
  /** Keeps the device from all modules of the run with that app, then gives back: each device can do that only once. */
  | { action: 'refuse'; device: string; reason: string }
  /** Records the reason, then gives back, or ends the module as lost where that was one too many. */
  | { action: 'excuse'; reason: string }
  | { action: 'abandon'; reason: string }

/** Infrastructure may keep a module from its result this often; then it is lost. */
export const MOST_REASONS = 3

/**
 * What becomes of a job when its execution has ended.
 * @param lost - why its lease is over, where it is: whatever came out is nobody's result
 * @param cancelled - why its run was stopped, where it was
 */
export function finishOf(outcome: AttemptOutcome, lost: string | undefined, cancelled: string | undefined): Finish {
  if (lost !== undefined) return { action: 'excuse', reason: lost }
  if (outcome.verdict === 'failed') return { action: 'fail' }
  if (outcome.verdict === 'passed' || outcome.verdict === 'skipped') {
    return { action: 'complete', verdict: outcome.verdict }
  }
  if (cancelled !== undefined) return { action: 'abandon', reason: cancelled }
  if (outcome.verdict === 'refused') return { action: 'refuse', device: outcome.device, reason: outcome.reason }
  return outcome.verdict === 'infrastructure' ? { action: 'excuse', reason: outcome.reason } : { action: 'give-back' }
}
