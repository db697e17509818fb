import type { RunEvent } from '../event/run-event.js'
import type { PlannedModule } from './plan-run.js'

export function isCovered({ away }: PlannedModule): boolean {
  return away === undefined
}

/** A run that was asked to cover a device which isn't there says so, and waits for nothing. */
export function notCovered({ id, device, away }: PlannedModule): RunEvent[] {
  if (away === undefined) return []
  const reasons = [`${device ?? 'its device'} is ${away}`]
  return [{ type: 'module:end', module: id, verdict: 'not-run', attempts: 0, reasons, at: Date.now() }]
}
