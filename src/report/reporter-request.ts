import path from 'node:path'
import { isObject } from '../device/json-value.js'
import { closestName } from '../error/closest-name.js'
import { parseJson } from '../process/parse-json.js'

/** What a run can report in addition to its events, `run.json` and `junit.xml`. */
export const reporterNames = [
  'console',
  'json',
  'junit',
  'html',
  'allure',
  'ctrf',
  'perfetto',
  'playwright-trace',
  'transcript',
] as const
export type ReporterName = (typeof reporterNames)[number]

/** One of Baton's own reports. */
export interface OwnReporterRequest {
  name: ReporterName
  /** Where to write it; absent: standard output, or the folder of the run's report. */
  file?: string
}

/** A reporter made for WebdriverIO. */
export interface WdioReporterRequest {
  name: 'wdio'
  /** The package's name, or an absolute file. */
  module: string
  /** Gets what the reporter prints; absent: standard output. */
  file?: string
  /** Where it writes its files; absent: a folder in the run's report. */
  outputDir?: string
  options?: Record<string, unknown>
}

/** `--reporter NAME[=FILE]` */
export type ReporterRequest = OwnReporterRequest | WdioReporterRequest

/**
 * Parses `ctrf`, `ctrf=results.json`, or `@wdio/junit-reporter={"outputDir":"results"}`.
 * @param findWdioReporter - returns the module of an installed reporter of WebdriverIO
 */
export function parseReporterRequest(
  text: string,
  findWdioReporter: (name: string) => string | undefined,
): ReporterRequest | { problem: string } {
  const at = text.indexOf('=')
  const word = at < 0 ? text : text.slice(0, at)
  const value = at < 0 ? undefined : text.slice(at + 1)
  const name = reporterNames.find(known => known === word)
  const module = name === undefined ? findWdioReporter(word) : undefined
  if (!name && module === undefined) return { problem: unknownName(word) }
  if (value === '') return { problem: `expected a file after '${word}=', found nothing` }
  if (!name) return wdioRequest(word, module ?? word, value)
  if (value !== undefined && name === 'console') return { problem: 'console prints, and takes no file' }
  return value === undefined ? { name } : { name, file: value }
}

function unknownName(word: string): string {
  const closest = closestName(word, reporterNames)
  if (closest !== undefined) return `expected '${closest}', found '${word}'`
  const installed = "the name of a WebdriverIO reporter in this project's node_modules"
  return `expected one of ${reporterNames.join(', ')}, or ${installed}, found '${word}'`
}

function wdioRequest(
  word: string,
  module: string,
  value: string | undefined,
): WdioReporterRequest | { problem: string } {
  const base = { name: 'wdio', module } as const
  if (value === undefined) return base
  if (!value.startsWith('{'))
    return path.extname(value) === '' ? { ...base, outputDir: value } : { ...base, file: value }
  const options = parseJson(value)
  return isObject(options)
    ? { ...base, options }
    : { problem: `expected a JSON object after '${word}=', found '${value}'` }
}
