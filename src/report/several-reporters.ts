import type { Reporter } from './reporter.js'

/** Shows a run in several ways at once. */
export function severalReporters(reporters: readonly Reporter[]): Reporter {
  const noticing = reporters.find(reporter => 'notice' in reporter)
  return {
    event: (event, state) => reporters.forEach(reporter => reporter.event(event, state)),
    end: record => reporters.forEach(reporter => reporter.end(record)),
    close: () => reporters.forEach(reporter => reporter.close?.()),
    ...(noticing && { notice: line => noticing.notice?.(line) }),
  }
}
