import path from 'node:path'
import { EVENTS_VERSION } from '../event/run-event.js'
import { RunReport } from '../report/run-report.js'
import { createRunReporter } from './create-reporter.js'
import { endReport } from './end-report.js'
import type { RunFlags } from './run-settings.js'

/** Writes the reports of a run that has nothing to do. */
export async function emptyRun(run: string, flags: RunFlags): Promise<number> {
  const { output: outputDirectory, junit } = flags
  const reporter = createRunReporter(flags, path.join(outputDirectory, run))
  const report = await RunReport.open({ outputDirectory, run, ...(junit !== undefined && { junit }) }, reporter)
  try {
    report.add({ type: 'run:start', at: Date.now(), version: EVENTS_VERSION, run, modules: [], options: {} })
    return await endReport(report, 0, flags)
  } finally {
    report.close()
    reporter.close?.()
  }
}
