import path from 'node:path'
import { EVENTS_VERSION } from '../event/run-event.js'
import { RunReport, type RunReportOptions } from '../report/run-report.js'
import { createRunReporter, type ReporterFlags } from './create-reporter.js'

/** The reports of a run that has nothing to do. */
export async function emptyRun(options: RunReportOptions, flags: ReporterFlags): Promise<number> {
  const { outputDirectory, run } = options
  const reporter = createRunReporter(flags, path.join(outputDirectory, run))
  const report = await RunReport.open(options, reporter)
  try {
    report.add({ type: 'run:start', at: Date.now(), version: EVENTS_VERSION, run, modules: [], options: {} })
    await report.end(0)
  } finally {
    report.close()
    reporter.close?.()
  }
  return 0
}
