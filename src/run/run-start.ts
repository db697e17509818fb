import { EVENTS_VERSION, type ModuleListing, type RunEvent } from '../event/run-event.js'
import type { PlannedModule } from './plan-run.js'
import type { RunOptions } from './run-options.js'

/** The first event of a run: what was asked for. */
export function runStart({
  run,
  modules,
  options,
}: {
  run: string
  modules: readonly PlannedModule[]
  options: RunOptions
}): RunEvent {
  return {
    type: 'run:start',
    version: EVENTS_VERSION,
    run,
    modules: modules.map(listing),
    options: {
      ...options,
      app: options.app?.name,
      video: options.execution.video,
      execution: undefined,
      suites: undefined,
    },
    at: Date.now(),
  }
}

function listing({ id, file, firstRole, roles, device, expectedMs, suite }: PlannedModule): ModuleListing {
  return {
    id,
    file,
    firstRole,
    roles,
    ...(device !== undefined && { device }),
    ...(expectedMs !== undefined && { expectedMs }),
    ...(suite !== undefined && { suite }),
  }
}
