import type { RunEvent } from '../event/run-event.js'
import type { ModuleResult } from '../queue/module-result.js'

/** The event of the run for a result that BullMQ recorded. */
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
