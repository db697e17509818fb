import path from 'node:path'
import { rebuildReport } from '../report/rebuild-report.js'
import { createReplayReporter } from './create-reporter.js'

/** `baton report`: what the run would have shown and written at its end, also where it was killed. */
export async function reportCommand(directory: string): Promise<number> {
  await rebuildReport(directory, createReplayReporter(path.relative(process.cwd(), path.resolve(directory))))
  return 0
}
