import { EVENTS_VERSION } from '../event/run-event.js'
import { RunReport, type RunReportOptions } from '../report/run-report.js'
import type { Reporter } from '../report/reporter.js'

/** The reports of a run that has nothing to do: whoever collects them needn't ask why there are none. */
export async function emptyRun(options: RunReportOptions, reporter: Reporter): Promise<number> {
  const report = await RunReport.open(options, reporter)
  try {
    report.add({
      type: 'run:start',
      at: Date.now(),
      version: EVENTS_VERSION,
      run: options.run,
      modules: [],
      options: {},
    })
    await report.end(0)
  } finally {
    report.close()
    reporter.close?.()
  }
  return 0
}
