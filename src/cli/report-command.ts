import { spawn } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { BatonError } from '../error/baton-error.js'
import { FinishedRun } from '../report/export/finished-run.js'
import { writeExports } from '../report/export/write-exports.js'
import { mergeReports } from '../report/merge/merge-reports.js'
import { rebuildReport } from '../report/rebuild-report.js'
import { createReplayReporter, reportOutput, type ReporterFlags } from './create-reporter.js'
import { warn } from './secrets.js'

export interface ReportFlags extends Pick<ReporterFlags, 'reporter'> {
  open?: boolean
  /** A new folder, in which several runs become one. */
  merge?: string
}

/** `baton report`: shows and writes what the run did at its end, or would have if it had not been killed. */
export async function reportCommand(directories: readonly string[], flags: ReportFlags): Promise<number> {
  const { reporter = [], open } = flags
  const directory = await reportedDirectory(directories, flags)
  const shown = path.relative(process.cwd(), path.resolve(directory))
  const record = await rebuildReport(directory, createReplayReporter(shown), warn)
  const requests = open ? [...reporter, { name: 'html' } as const] : reporter
  await writeExports(requests, new FinishedRun(record, directory), reportOutput({ reporter }))
  if (open) showPage(path.join(directory, 'index.html'))
  return 0
}

async function reportedDirectory(directories: readonly string[], { merge }: ReportFlags): Promise<string> {
  if (merge !== undefined) {
    await mergeReports(directories, merge, warn)
    return merge
  }
  const [directory = '', ...others] = directories
  if (others.length === 0) return directory
  throw new BatonError('BATON_USAGE', `report: expected one folder, found ${directories.length}.`, {
    hint: 'join several runs with --merge FOLDER.',
  })
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
