import { appendFileSync } from 'node:fs'
import { errorMessage } from '../error/error-text.js'
import { createConsoleReporter } from '../report/console-reporter.js'
import { createExploreReporter } from '../report/explore-reporter.js'
import { createJsonReporter } from '../report/json-reporter.js'
import { createLiveReporter } from '../report/live-reporter.js'
import { createGithubReporter } from '../report/github-annotations.js'
import { severalReporters, type Reporter } from '../report/reporter.js'
import type { ReporterRequest } from '../report/reporter-request.js'
import type { RunRecord } from '../report/run-record.js'
import type { WdioOutput } from '../report/wdio/write-wdio-report.js'
import { formatStepSummary } from '../report/step-summary.js'
import { shown, warn } from './secrets.js'

export interface ReporterFlags {
  json?: boolean
  verbose?: boolean
  inspect?: boolean
  reporter?: ReporterRequest[]
}

/**
 * How a run is shown while it happens: on standard output, and in GitHub Actions at its places in the source too.
 * @param explores - present for `baton explore` and `baton replay`
 */
export function createRunReporter(flags: ReporterFlags, reportDirectory: string, explores?: unknown): Reporter {
  const reporters = [createShown(flags, reportDirectory, explores !== undefined), ...stepSummary()]
  if (process.env['GITHUB_ACTIONS'] !== 'true') return severalReporters(reporters)
  const cwd = process.cwd()
  const workspace = process.env['GITHUB_WORKSPACE'] ?? cwd
  // With --json, standard output has JSON lines only.
  const stream = printsEvents(flags) ? process.stderr : process.stdout
  const annotations = createGithubReporter({ cwd, workspace, write: text => void stream.write(text) })
  return severalReporters([...reporters, annotations])
}

function printsEvents({ json, reporter = [] }: ReporterFlags): boolean {
  return (json ?? false) || reporter.some(({ name, file }) => name === 'json' && file === undefined)
}

/** The page of a GitHub workflow, which shows what its steps append to this file. */
function stepSummary(): Reporter[] {
  const file = process.env['GITHUB_STEP_SUMMARY']
  if (!file) return []
  const append = (record: RunRecord): void => {
    try {
      appendFileSync(file, formatStepSummary(record))
    } catch (error) {
      warn(`the summary for GitHub cannot be written: ${errorMessage(error)}`)
    }
  }
  return [{ event: () => {}, end: append }]
}

function createShown(flags: ReporterFlags, reportDirectory: string, explores: boolean): Reporter {
  if (printsEvents(flags)) return createJsonReporter({ write })
  const verbose = (flags.verbose ?? false) || (flags.inspect ?? false)
  const options = { color: wantsColor(), verbose, cwd: process.cwd(), reportDirectory }
  if (explores) return createExploreReporter({ ...options, write, ...(canRedraw() && { terminal: process.stdout }) })
  // A debugger's own lines come at any time.
  if (flags.inspect || !canRedraw()) return createConsoleReporter({ ...options, write })
  const reporter = createLiveReporter({ ...options, terminal: process.stdout })
  // A second Ctrl-C, or an error that nobody caught, leaves without another word.
  process.once('exit', () => reporter.close?.())
  return reporter
}

/** How a finished run is shown, or an exploration. */
export function createReplayReporter(reportDirectory: string): Reporter {
  const options = { write, color: wantsColor(), verbose: false, cwd: process.cwd(), reportDirectory }
  let shownBy = createConsoleReporter(options)
  return {
    event(event, state, changes) {
      if (event.type === 'run:start' && event.options['explore'] !== undefined) shownBy = createExploreReporter(options)
      shownBy.event(event, state, changes)
    },
    notice: line => shownBy.notice?.(line),
    end: record => shownBy.end(record),
    close: () => shownBy.close?.(),
  }
}

/** Where other reports print. With --json, standard output has JSON lines only. */
export function reportOutput(flags: ReporterFlags): WdioOutput {
  const stream = printsEvents(flags) ? process.stderr : process.stdout
  return { warn, print: line => void stream.write(`${line}\n`), color: wantsColor() }
}

const write = (text: string): void => void process.stdout.write(text)

/** False for logs of CI servers and dumb terminals, which keep every line that was written. */
function canRedraw(): boolean {
  return process.stdout.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI']
}

/** https://no-color.org and https://force-color.org; otherwise it depends on the terminal. */
function wantsColor(): boolean {
  if (process.env['NO_COLOR']) return false
  if (process.env['FORCE_COLOR']) return process.env['FORCE_COLOR'] !== '0'
  return process.stdout.isTTY && process.stdout.hasColors()
}

/** Prints a line for people while the reporter may be drawing. */
export function noticeOf(reporter: Reporter): (line: string) => void {
  return line => (reporter.notice ? reporter.notice(shown(`baton: ${line}`)) : warn(line))
}
