import type { RunEvent } from '../event/run-event.js'
import type { ModuleResult } from '../queue/module-result.js'

/** A result, as BullMQ has recorded it, as an event of the run. */
export function moduleEnd({ module, verdict, attempts, lease, reasons }: ModuleResult, at: number): RunEvent {
  return {
    type: 'module:end',
    at,
    module,
    verdict,
    attempts,
    ...(lease !== undefined && { lease }),
    ...(reasons && { reasons }),
  }
}
