import { join } from 'node:path'
import { readEvents } from './event-log.js'
import type { Reporter } from './reporter.js'
import { toRunRecord, type RunRecord } from './run-record.js'
import { applyEvent, newRunState } from './run-state.js'
import { writeReports } from './write-reports.js'

/** Warnings about single lines; more are only counted. */
const maxWarnings = 10

/**
 * Makes the reports of a run again from its events, which are all that a killed run leaves.
 * @param directory - of the run, with its `events.ndjson`; `run.json` and `junit.xml` are written there
 * @param reporter - gets every event, as if it happened now
 * @param warn - prints a line for people: about a line of the file that is left out
 * @throws BatonError BATON_REPORT_UNREADABLE
 */
export async function rebuildReport(
  directory: string,
  reporter: Reporter,
  warn: (line: string) => void,
): Promise<RunRecord> {
  const file = join(directory, 'events.ndjson')
  let invalid = 0
  const onInvalid = (line: number, problem: string): void => {
    invalid += 1
    if (invalid <= maxWarnings) warn(`${file}:${line}: ignored a line: ${problem}`)
  }
  const state = newRunState()
  for await (const event of readEvents(file, onInvalid)) {
    reporter.event(event, state, applyEvent(state, event))
  }
  if (invalid > maxWarnings) warn(`${file}: ignored ${invalid - maxWarnings} more lines`)
  const record = toRunRecord(state)
  reporter.end(record)
  await writeReports(directory, record)
  return record
}
