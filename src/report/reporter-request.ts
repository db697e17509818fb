import { closestName } from '../error/closest-name.js'

/** What a run can report in addition to its events, `run.json` and `junit.xml`. */
export const reporterNames = ['console', 'json', 'junit', 'html', 'ctrf', 'transcript'] as const
export type ReporterName = (typeof reporterNames)[number]

/** `--reporter NAME[=FILE]` */
export interface ReporterRequest {
  name: ReporterName
  /** Where to write it; absent: standard output, or the folder of the run's report. */
  file?: string
}

/** Parses `ctrf`, or `ctrf=results.json`. */
export function parseReporterRequest(text: string): ReporterRequest | { problem: string } {
  const at = text.indexOf('=')
  const word = at < 0 ? text : text.slice(0, at)
  const file = at < 0 ? undefined : text.slice(at + 1)
  const name = reporterNames.find(known => known === word)
  if (!name) {
    const closest = closestName(word, reporterNames)
    const known = closest === undefined ? `one of ${reporterNames.join(', ')}` : `'${closest}'`
    return { problem: `expected ${known}, found '${word}'` }
  }
  if (file === '') return { problem: `expected a file after '${name}=', found nothing` }
  if (file !== undefined && name === 'console') return { problem: 'console prints, and takes no file' }
  return file === undefined ? { name } : { name, file }
}
