import path from 'node:path'
import { FinishedRun } from '../report/export/finished-run.js'
import { writeExports } from '../report/export/write-exports.js'
import { rebuildReport } from '../report/rebuild-report.js'
import { createReplayReporter, type ReporterFlags } from './create-reporter.js'
import { warn } from './secrets.js'

/** `baton report`: shows and writes what the run did at its end, or would have if it had not been killed. */
export async function reportCommand(
  directory: string,
  { reporter = [] }: Pick<ReporterFlags, 'reporter'>,
): Promise<number> {
  const shown = path.relative(process.cwd(), path.resolve(directory))
  const record = await rebuildReport(directory, createReplayReporter(shown), warn)
  await writeExports(reporter, new FinishedRun(record, directory), warn)
  return 0
}
