import { exitCodeFor, formatError } from '../error/format-error.js'
import type { ReporterRequest } from '../report/reporter-request.js'
import type { RunReport } from '../report/run-report.js'
import { reportOutput, type ReporterFlags } from './create-reporter.js'
import { shown } from './secrets.js'

/**
 * Ends a run's report, and prints an error for each of its files that could not be written. Then writes what `--reporter`
 * asks for.
 * @returns the exit code: the given one, unless it is 0 and a file is missing
 */
export async function endReport(
  report: RunReport,
  exitCode: number,
  flags: ReporterFlags,
  interrupted?: string,
): Promise<number> {
  const { reporter = [] } = flags
  const ends: (() => Promise<unknown>)[] = [async () => report.end(exitCode, interrupted)]
  if (reporter.length > 0) ends.push(async () => writeReporters(reporter, report, flags))
  let code = exitCode
  for (const end of ends) {
    try {
      await end()
    } catch (error) {
      process.stderr.write(`${shown(formatError(error))}\n`)
      if (code === 0) code = exitCodeFor(error)
    }
  }
  return code
}

/** Most runs ask for none: only the others load the formats, and build the record of the run again. */
async function writeReporters(
  requests: readonly ReporterRequest[],
  report: RunReport,
  flags: ReporterFlags,
): Promise<void> {
  const { FinishedRun } = await import('../report/export/finished-run.js')
  const { writeExports } = await import('../report/export/write-exports.js')
  await writeExports(requests, new FinishedRun(report.record(), report.directory), reportOutput(flags))
}
