import { randomBytes } from 'node:crypto'
import { EVENTS_VERSION, type ModuleListing, type RunEvent } from '../event/run-event.js'
import type { PlannedModule } from './selection/plan-modules.js'
import type { RunOptions } from './run-options.js'

/** Sorts by time, and is unique: `20261121-051403-9f3c07d1`. Without `:`, which BullMQ does not allow. */
export function createRunId(now: Date): string {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T')
  return `${day}-${time}-${randomBytes(4).toString('hex')}`
}

/** The first event of a run: what it was asked to do. */
export function runStartEvent({
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
      ...appNames(options),
      video: options.execution.video,
      trace: options.execution.trace,
      execution: undefined,
      suites: undefined,
    },
    at: Date.now(),
  }
}

/** Of the whole run, and of suites that have one of their own. */
function appNames({ execution, suites = {} }: RunOptions): Record<'app' | 'apps', unknown> {
  const own = Object.entries(suites).flatMap(([suite, options]) => {
    const { app } = options.execution
    return app ? [[suite, app.name]] : []
  })
  return { app: execution.app?.name, apps: own.length > 0 ? Object.fromEntries(own) : undefined }
}

function listing({ id, file, firstRole, roles, device, expectedMs, suite, repetition }: PlannedModule): ModuleListing {
  return {
    id,
    file,
    firstRole,
    roles,
    ...(device !== undefined && { device }),
    ...(expectedMs !== undefined && { expectedMs }),
    ...(suite !== undefined && { suite }),
    ...(repetition !== undefined && { repetition }),
  }
}
