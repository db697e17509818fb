import type { Driver } from '../device/driver/driver.js'
import type { RunEvent } from '../event/run-event.js'

/** Adds a driver's hint to the error of a module, if a driver has one. Pure. */
export function withDriverHint(event: RunEvent, drivers: readonly Pick<Driver, 'hintFor'>[]): RunEvent {
  if (event.type !== 'test:end' && event.type !== 'attempt:end') return event
  const { error } = event
  // Baton's own errors already have their hints.
  if (!error || error.code !== undefined) return event
  for (const driver of drivers) {
    const hint = driver.hintFor?.(error.message)
    if (hint !== undefined) return { ...event, error: { ...error, hint } }
  }
  return event
}
