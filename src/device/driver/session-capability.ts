import type { ResetPolicy } from '../device-entry.js'
import type { HostSession } from './host-session.js'

/** A WebDriver server that runs a session, and the session's id there. */
export interface WebDriverEndpoint {
  /** `http://127.0.0.1:41234`. */
  url: string
  sessionId: string
}

/** How sessions on a device are described, checked and reset. Every device has this capability. */
export interface SessionCapability {
  /**
   * Capabilities for a new session. Pure: equal input gives equal output, which identifies the session.
   * @param extra - capabilities from devices.json, which win over the driver's own
   * @param proxyPort - of an HTTP proxy on this machine; only if the device's `networkPath` is `proxy`
   */
  capabilities(extra: Record<string, unknown>, proxyPort?: number): Record<string, unknown>
  /**
   * Adds what differs each time a session is opened (a free port, a new folder) and is therefore not part of its identity.
   * @throws BatonError BATON_DEVICE_LOST or BATON_DEVICE_UNFIT if the device cannot have a session now
   */
  completeCapabilities(capabilities: Record<string, unknown>): Promise<Record<string, unknown>>
  /**
   * Finds the WebDriver server that Appium started for a session. Commands are then sent directly to it, except Appium's own:
   * Appium has routes for only a part of them. Absent: all commands are sent to Appium.
   * @param capabilities - as `completeCapabilities` returned them
   * @returns undefined if it can't be reached
   */
  endpoint?(capabilities: Record<string, unknown>): Promise<WebDriverEndpoint | undefined>
  /**
   * Called after a session was opened, and before each module that gets it.
   * @throws BatonError BATON_SESSION_LOST if the session drives anything but this device
   */
  verifyIdentity(session: HostSession): Promise<void>
  /** @throws BatonError BATON_DEVICE_LOST if the device or its session does not answer */
  check(session: HostSession): Promise<void>
  /**
   * Puts the device back into a clean state and keeps its session.
   * @param signal - aborted when the host gives up the reset. Whatever the reset still does to the device then ends before
   *   `completeCapabilities` returns.
   * @throws any error if the reset fails. The host then opens a new session; `completeCapabilities` cleans what is still dirty.
   */
  reset(session: HostSession, policy: Exclude<ResetPolicy, 'none' | 'session'>, signal: AbortSignal): Promise<void>
  /**
   * Whether leaving all pages, and clearing storage, cookies, caches and permissions, undoes these commands: that is quicker
   * than `reset`. Absent: never.
   * @param used - as `HostSession.usedCommands` names them
   */
  isResetByPages?(used: Iterable<string>): boolean
  /** Milliseconds until the host gives up a reset and opens a new session. */
  readonly resetTimeoutMs: number
  /** Kills what a session runs on this machine, if the session could not be deleted or would take too long to delete. */
  forceClose(session: HostSession): void
}

/** What a driver does on the device for as long as a module uses it. */
export interface ReservationCapability {
  /**
   * A module is about to use the device.
   * @param servers - URLs that the module may reach, as seen from this machine
   * @param ports - port of such a URL → port of this machine that stands for it; absent: the same
   */
  reserve(servers: readonly string[], ports?: ReadonlyMap<number, number>): Promise<void>
  /** The module has ended. */
  release(): void
}
