import { join } from 'node:path'
import { readEvents } from './event-log.js'
import type { Reporter } from './reporter.js'
import { toRunRecord, type RunRecord } from './run-record.js'
import { applyEvent, newRunState } from './run-state.js'
import { writeReports } from './write-reports.js'

/**
 * Makes the reports of a run again from its events, which are all that a killed run leaves.
 * @param directory - of the run, with its `events.ndjson`; `run.json` and `junit.xml` are written there
 * @param reporter - gets every event, as if it happened now
 * @throws BatonError BATON_REPORT_UNREADABLE
 */
export async function rebuildReport(directory: string, reporter: Reporter): Promise<RunRecord> {
  const state = newRunState()
  for await (const event of readEvents(join(directory, 'events.ndjson'))) {
    reporter.event(event, state, applyEvent(state, event))
  }
  const record = toRunRecord(state)
  reporter.end(record)
  await writeReports(directory, record)
  return record
}
