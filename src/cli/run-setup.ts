import type { ModuleVerdict } from '../event/verdicts.js'
import type { ExploreRequest, ReplayRequest } from '../run/explore/explore-request.js'
import type { ModuleSelection } from '../run/selection/module-selection.js'
import type { Cleanups } from './cleanups.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import type { StopRequest } from './signals.js'

/** What the parts of `baton run` share. */
export interface RunSetup {
  /** Its id. */
  run: string
  selection: ModuleSelection
  settings: RunSettings
  flags: RunFlags
  cwd: string
  cleanups: Cleanups
  reportDirectory: string
  /** The report is worth keeping, whatever happens next. */
  reported: boolean
  stop: StopRequest
  /** Aborted if the run can't start, e.g. because of a mistake in a module: its farm and servers need not start either. */
  starting: AbortController
  /** It explores or replays its modules. */
  explore?: ExploreRequest | ReplayRequest
  /** Its place in a trace of OpenTelemetry. */
  traceparent?: string
  /** Absent until the run has ended by itself. */
  exitCode?: number
  /** How each module ended, as far as it is known. */
  verdicts?: ReadonlyMap<string, ModuleVerdict>
}
