import { join } from 'node:path'
import { readEvents } from './event-log.js'
import { writeJunit } from './junit.js'
import type { Reporter } from './reporter.js'
import { writeRunJson } from './run-json.js'
import { toRunRecord, type RunRecord } from './run-record.js'
import { applyEvent, newRunState } from './run-state.js'

/**
 * Derives the reports of a run from its events once more: after a kill, they are all there is.
 * @param directory - of the run, with its `events.ndjson`; `run.json` and `junit.xml` are written there
 * @param reporter - is shown every event, as if it happened now
 * @throws BatonError BATON_REPORT_UNREADABLE
 */
export async function rebuildReport(directory: string, reporter: Reporter, junit?: string): Promise<RunRecord> {
  const state = newRunState()
  for await (const event of readEvents(join(directory, 'events.ndjson'))) {
    applyEvent(state, event)
    reporter.event(event, state)
  }
  const record = toRunRecord(state)
  reporter.end(record)
  await writeRunJson(directory, record)
  await writeJunit(junit ?? join(directory, 'junit.xml'), record, directory)
  return record
}
