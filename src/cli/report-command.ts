import { spawn } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { FinishedRun } from '../report/export/finished-run.js'
import { writeExports } from '../report/export/write-exports.js'
import { rebuildReport } from '../report/rebuild-report.js'
import { createReplayReporter, reportOutput, type ReporterFlags } from './create-reporter.js'
import { warn } from './secrets.js'

export interface ReportFlags extends Pick<ReporterFlags, 'reporter'> {
  open?: boolean
}

/** `baton report`: shows and writes what the run did at its end, or would have if it had not been killed. */
export async function reportCommand(directory: string, { reporter = [], open }: ReportFlags): Promise<number> {
  const shown = path.relative(process.cwd(), path.resolve(directory))
  const record = await rebuildReport(directory, createReplayReporter(shown), warn)
  const requests = open ? [...reporter, { name: 'html' } as const] : reporter
  await writeExports(requests, new FinishedRun(record, directory), reportOutput({ reporter }))
  if (open) showPage(path.join(directory, 'index.html'))
  return 0
}

/** Prints the address of a page, and opens it if a person is there to see it. */
function showPage(file: string): void {
  const { href } = pathToFileURL(file)
  process.stdout.write(`${href}\n`)
  if (!process.stdout.isTTY) return
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  // The address is printed already.
  spawn(opener, [href], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
