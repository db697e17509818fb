import type { RunEvent } from '../event/run-event.js'
import type { ModuleResult } from '../queue/module-result.js'

export type ModuleEnd = Extract<RunEvent, { type: 'module:end' }>

/** The event of the run for a result that BullMQ recorded. */
export function moduleEnd({ module, verdict, attempts, lease, reasons }: ModuleResult, at: number): ModuleEnd {
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
