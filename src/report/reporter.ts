import type { RunEvent } from '../event/run-event.js'
import type { RunRecord } from './run-record.js'

/** Shows a run while it happens. */
export interface Reporter {
  event(event: RunEvent): void
  /** Called once, after the last event. */
  end(record: RunRecord): void
}
