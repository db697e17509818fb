import type { BatonError } from '../../error/baton-error.js'
import type { HostSession } from './host-session.js'

/** An app under test. */
export interface AppFile {
  /** SHA-256 of its content, in hex. */
  hash: string
  path: string
  /** Its file name, for messages. */
  name: string
}

/** Installs the app under test that a run or devices.json names. */
export interface AppCapability {
  /**
   * Selects the app under test and installs it if necessary.
   * @param app - undefined: the app of devices.json, if it names one
   * @returns capabilities that belong to the app
   */
  use(app: AppFile | undefined): Promise<Record<string, unknown>>
  /**
   * Called when no session could be opened with an app of a run.
   * @param reason - the server's error message
   * @returns BATON_APP_REFUSED if the app itself is at fault (it is installed, but does not start); else undefined
   */
  startRefusal(app: AppFile, reason: string): Promise<BatonError | undefined>
  /**
   * Whether the app caused a session's fault and the session is still well: a webview disappears with its app.
   * @param fault - code and message of the server's error, e.g. `invalid session id: …`
   */
  causedFault(fault: string, session: HostSession): Promise<boolean>
}
