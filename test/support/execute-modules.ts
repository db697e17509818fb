import type { RunEvent } from '../../src/event/run-event.js'
import { forgetRun } from '../../src/lease/forget-run.js'
import { connectFarm } from '../../src/run/farm-connection.js'
import { executeRun, type RunOutcome } from '../../src/run/execute-run.js'
import type { RunOptions } from '../../src/run/run-options.js'
import type { PlannedModule } from '../../src/run/selection/plan-modules.js'

/** What the bundle of a module without code contains. */
export const emptyBundle = {
  hash: 'b',
  code: '',
  sourceMap: '',
  base: '',
  files: [],
  folders: [],
  unsent: [],
  unsentComplete: true,
}
const options = { on: [], retries: 0, waitTimeoutMs: 60_000, bail: false, apps: [], execution: { video: 'off' } }

export interface Executed {
  outcome: RunOutcome
  /** How often each module ended. */
  ends: Record<string, number>
}

/** Runs modules that need any device, over a connection of its own, to the last event. */
export async function executeModules(url: string, names: readonly string[], ownerTtlMs = 60_000): Promise<Executed> {
  const farm = await connectFarm(url, 'run')
  const modules = names.map(id => ({
    id,
    file: `${id}.ts`,
    firstRole: 'a',
    roles: { a: '' },
    loaded: { bundle: emptyBundle },
  }))
  const ends: Record<string, number> = {}
  const outcome = await executeRun({
    run: 'r',
    farm,
    modules: modules as unknown as PlannedModule[],
    options: options as unknown as RunOptions,
    onEvent: (event: RunEvent) => {
      if (event.type === 'module:end') ends[event.module] = (ends[event.module] ?? 0) + 1
    },
    fileTargets: {} as never,
    warn: () => {},
    stop: new AbortController().signal,
    farmLost: new Promise(() => {}),
    forget: () => forgetRun(farm.runs, 'r'),
    ownerTtlMs,
  })
  farm.close()
  return { outcome, ends }
}
