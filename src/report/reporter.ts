import type { RunEvent } from '../event/run-event.js'
import type { RunRecord } from './run-record.js'
import type { RunChange, RunState } from './run-state.js'

/** Shows a run while it happens. */
export interface Reporter {
  /**
   * @param state - what is known about the run, this event included; shared by all reporters, so only to be read
   * @param changes - what the event changed, in the order in which to show it
   */
  event(event: RunEvent, state: RunState, changes: readonly RunChange[]): void
  /** Called once, after the last event. */
  end(record: RunRecord): void
  /** Shows a line that is not an event. If this is missing, the caller prints it. */
  notice?(line: string): void
  /** Leaves the terminal as it was. Called however the run ends, also without `end`, and perhaps more than once. */
  close?(): void
}

/** Shows a run in several ways at once. */
export function severalReporters(reporters: readonly Reporter[]): Reporter {
  const noticing = reporters.find(reporter => 'notice' in reporter)
  return {
    event: (event, state, changes) => reporters.forEach(reporter => reporter.event(event, state, changes)),
    end: record => reporters.forEach(reporter => reporter.end(record)),
    close: () => reporters.forEach(reporter => reporter.close?.()),
    ...(noticing && { notice: line => noticing.notice?.(line) }),
  }
}
