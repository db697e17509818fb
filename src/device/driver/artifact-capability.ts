import type { ArtifactKind } from '../../event/run-event.js'
import type { HostSession } from './host-session.js'

/** One file that helps to explain a failure. */
export interface Artifact {
  kind: ArtifactKind
  path: string
  /** One line to show with the failure, if there is something worth showing: `com.example.chat crashed: …`. */
  summary?: string
  /** The summary names a fault of the device, not of the module: the attempt counts as infrastructure. */
  deviceFault?: true
}

/** Collects logs, screenshots and page sources after a failure. */
export interface ArtifactCapability {
  /**
   * Writes artifacts into a folder. Leaves out what is unavailable, and never throws because of it.
   * @param session - undefined if no session is open
   */
  collect(session: HostSession | undefined, directory: string): Promise<Artifact[]>
}
