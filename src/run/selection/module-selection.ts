import type { ModuleFile } from '../../module/module-file.js'
import type { History } from '../history/history.js'
import type { FoundSuite } from '../plan/find-suites.js'
import type { Suite, SuiteOrder } from '../plan/test-plan.js'
import type { RunApp } from '../read-app.js'

/**
 * The modules of a run before they are loaded: what globs match, or the suites of a plan.
 *
 * There are six steps from globs or a plan to modules that can be queued:
 * 1. find: `findModules` for globs, `findSuites` for a plan
 * 2. select: `--last-failed` (last-failed.ts), then `--shard` (shard.ts)
 * 3. load: `loadModules` bundles them and reads what they need
 * 4. resolve: `resolveNeeds` checks that the farm could ever serve them
 * 5. cover: `coverDevices` repeats a module for each device (`--every`)
 * 6. stage: `planStages` and `stageInOrder` decide what waits for what
 *
 * `selectModules` takes the first two before the farm has started, `planModules` the last three once its devices are
 * known. `--grep` selects tests, not modules: mocha applies it.
 */
export interface ModuleSelection {
  /** Each once. */
  files: ModuleFile[]
  history: History
  /** Lines about the selection to show to the user. */
  notes: string[]
  /** The app of `--app`: for every module; overrides a plan. */
  app?: RunApp
  plan?: SelectedPlan
}

export interface SelectedPlan {
  /** Between suites. */
  order: SuiteOrder
  suites: SelectedSuite[]
  waitTimeoutMs?: number
}

/** A suite with the app that its modules find on their devices. */
export interface SelectedSuite extends FoundSuite {
  app?: RunApp
}

/** The suites of the plan, as the command line leaves them; none without a plan. */
export function suitesOf({ plan }: ModuleSelection): Suite[] {
  return plan?.suites.map(({ suite }) => suite) ?? []
}

/**
 * Files of which a run executes only some tests, so that a pass proves little about them.
 * @param grep - of the command line: then all files are partial
 */
export function partialFiles({ files, plan }: ModuleSelection, grep: string | undefined): Set<string> {
  const filtered = (plan?.suites ?? []).filter(({ suite }) => suite.grep !== undefined)
  const partial = grep === undefined ? filtered.flatMap(suite => suite.files) : files
  return new Set(partial.map(({ name }) => name))
}
