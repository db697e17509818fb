import type { RunEvent } from '../event/run-event.js'
import type { RunRecord } from './run-record.js'
import type { RunState } from './run-state.js'

/** Shows a run while it happens. */
export interface Reporter {
  /** @param state - what is known of the run with this event; shared by all who read the run, and theirs to read only */
  event(event: RunEvent, state: RunState): void
  /** Called once, after the last event. */
  end(record: RunRecord): void
  /** Shows a line that is no event; where it is missing, whoever has one finds another way. */
  notice?(line: string): void
  /** Leaves the terminal as it was found. Called however the run ends, also without `end`, and maybe more than once. */
  close?(): void
}
