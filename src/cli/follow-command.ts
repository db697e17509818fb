import path from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { maskDeep } from '../event/masker.js'
import type { DetachedRun } from '../lease/run-leases.js'
import { RunReport } from '../report/run-report.js'
import { connectFarm, type FarmConnection } from '../run/farm-connection.js'
import { followRun } from '../run/follow-run.js'
import { historyUpdates } from '../run/history/history-updates.js'
import { FarmHistory } from '../run/history/farm-history.js'
import { Cleanups } from './cleanups.js'
import { endReport } from './end-report.js'
import { fileTargets } from './file-targets.js'
import { createRunReporter, noticeOf, type ReporterFlags } from './create-reporter.js'
import { assertReportersWritable, assertWritable } from './assert-writable.js'
import { hideSecrets, masked } from './secrets.js'
import { exitCodeForSignal, onStopSignals, type StopSignal } from './signals.js'
import { exitCodeOfVerdicts } from '../event/verdicts.js'

export interface FollowFlags extends ReporterFlags {
  redis: string
  output: string
  junit?: string
  cancel?: boolean
}

/** `baton follow`: shows and reports a detached run, from its beginning, as `baton run` would have. */
export async function followCommand(run: string, flags: FollowFlags): Promise<number> {
  await assertWritable('--output', flags.output)
  if (flags.junit !== undefined) await assertWritable('--junit', path.dirname(flags.junit))
  await assertReportersWritable(flags)
  const cleanups = new Cleanups()
  try {
    const farm = await connectFarm(flags.redis)
    cleanups.add(() => farm.close())
    const detached = await farm.runs.loadDetachedRun(run)
    if (!detached) throw unknownRun(run)
    hideSecrets(detached.secrets)
    if (flags.cancel) await farm.runs.cancel(run, 'the run was cancelled')

    const reporter = createRunReporter(flags, path.join(flags.output, run))
    cleanups.add(() => reporter.close?.())
    const { output: outputDirectory, junit } = flags
    const report = await RunReport.open({ outputDirectory, run, ...(junit !== undefined && { junit }) }, reporter)
    cleanups.add(() => report.close())
    const stop = new AbortController()
    let received: StopSignal | undefined
    onStopSignals({
      onStop: signal => {
        received = signal
        stop.abort()
      },
      onStopNow: signal => process.exit(exitCodeForSignal(signal)),
    })
    const verdicts = await followRun({
      run,
      farm,
      onEvent: event => report.add(maskDeep(event, masked)),
      fileTargets: fileTargets(report),
      warn: noticeOf(reporter),
      stop: stop.signal,
    })
    if (received) {
      // No report: about modules that have not run yet it would be wrong.
      process.stderr.write(`baton: the run continues; to see it again from the start: baton follow ${run}\n`)
      return exitCodeForSignal(received)
    }
    await addToHistory(farm, run, detached, report)
    return await endReport(report, exitCodeOfVerdicts(verdicts.values()), flags)
  } finally {
    await cleanups.run()
  }
}

/** Done once, by the first process that follows the run to its end. */
async function addToHistory(
  { runs }: FarmConnection,
  run: string,
  { history }: DetachedRun,
  report: RunReport,
): Promise<void> {
  if (!history || !(await runs.claimHistory(run))) return
  const partial = new Set(history.partial)
  await new FarmHistory(runs.scripts, history.project).add(
    historyUpdates(report.moduleSummaries(), file => partial.has(file)),
  )
}

function unknownRun(run: string): BatonError {
  return new BatonError('BATON_RUN_UNKNOWN', `the farm has no detached run '${run}'.`, {
    hint: 'check the id and the farm. Only detached runs can be followed, until a day after they end.',
  })
}
