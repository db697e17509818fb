import type { RunEvent } from '../event/run-event.js'
import type { PlannedModule } from './selection/plan-modules.js'

export function isRunnable({ unavailable }: PlannedModule): boolean {
  return unavailable === undefined
}

/** A run that was asked to cover a device which isn't there says so, and waits for nothing. */
export function notRunEvents({ id, device, unavailable }: PlannedModule): RunEvent[] {
  if (unavailable === undefined) return []
  const reasons = [`${device ?? 'its device'} is ${unavailable}`]
  return [{ type: 'module:end', module: id, verdict: 'not-run', attempts: 0, reasons, at: Date.now() }]
}
