import path from 'node:path'
import { rebuildReport } from '../report/rebuild-report.js'
import { createReplayReporter } from './create-reporter.js'
import { warn } from './secrets.js'

/** `baton report`: shows and writes what the run did at its end, or would have if it had not been killed. */
export async function reportCommand(directory: string): Promise<number> {
  const shown = path.relative(process.cwd(), path.resolve(directory))
  await rebuildReport(directory, createReplayReporter(shown), warn)
  return 0
}
