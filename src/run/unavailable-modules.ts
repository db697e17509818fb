import type { RunEvent } from '../event/run-event.js'
import type { PlannedModule } from './selection/plan-modules.js'

export function isRunnable({ unavailable }: PlannedModule): boolean {
  return unavailable === undefined
}

/** The end of a module whose device is unavailable: the run doesn't wait for the device. */
export function notRunEvents({ id, device, unavailable }: PlannedModule): RunEvent[] {
  if (unavailable === undefined) return []
  const reasons = [`${device ?? 'its device'} is ${unavailable}`]
  return [{ type: 'module:end', module: id, verdict: 'not-run', attempts: 0, reasons, at: Date.now() }]
}
