import type { z } from 'zod'
import type { ArtifactKind } from '../event/run-event.js'
import type { DeviceEntry, ResetPolicy } from './device-entry.js'

/** A WebDriver session that the host owns, driven by plain HTTP: the host itself holds no BiDi socket. */
export interface HostSession {
  readonly id: string
  /** As the server returned them at creation. */
  readonly capabilities: Record<string, unknown>
  /**
   * Sends one WebDriver command.
   * @param path - below `/session/:id`, with a leading slash; '' for the session itself
   * @param timeoutMs - milliseconds until it is given up; default 10,000
   * @returns the W3C response's `value`
   * @throws BatonError BATON_SESSION_LOST where the session or its server is gone or does not answer in time;
   *   WebDriverError (below) where the server answered with an error
   */
  command(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, timeoutMs?: number): Promise<unknown>
  /** Origins (`https://host:port`) that scripts visited since the last reset, as the gateway saw them. */
  readonly visitedOrigins: ReadonlySet<string>
}

/** A W3C error answer: `error` is the specification's error code, e.g. `invalid session id`. */
export class WebDriverError extends Error {
  constructor(
    readonly error: string,
    message: string,
  ) {
    super(message)
    this.name = 'WebDriverError'
  }
}

/** One file that explains a failure. */
export interface Artifact {
  kind: ArtifactKind
  path: string
}

/** What the host gives a driver to work with. */
export interface DriverContext {
  /** A folder of this device's own, made empty at start and removed with the host. */
  workDir: string
  /** Environment of the host process. */
  env: Readonly<Record<string, string | undefined>>
}

/** A device that its driver has found and made ready to be driven. */
export interface PreparedDevice {
  /** Labels that the driver found out (`model=…`), beside those of `describe`. */
  readonly labels: readonly string[]
  readonly udid?: string
  /**
   * Capabilities for a new session.
   * @param extra - capabilities from devices.json, which win over the driver's own
   */
  capabilities(extra: Record<string, unknown>): Record<string, unknown>
  /**
   * Completes the capabilities by what differs at each opening (a port that is free now, a new folder) and is therefore
   * no part of a session's identity.
   */
  completeCapabilities?(capabilities: Record<string, unknown>): Promise<Record<string, unknown>>
  /** @throws BatonError BATON_DEVICE_LOST where the device or its session does not answer */
  check(session: HostSession): Promise<void>
  /**
   * Puts the device back to a clean state within its session.
   * @throws where it could not; the host then opens a new session
   */
  reset(session: HostSession, policy: Exclude<ResetPolicy, 'none' | 'session'>): Promise<void>
  /** Writes what explains a failure into `directory`; what cannot be had is left out, never thrown. */
  collect(session: HostSession, directory: string): Promise<Artifact[]>
  /** Ends by force what is left of a session on this machine that could not be deleted. */
  abandon?(session: HostSession): void
  dispose(): Promise<void>
}

/** The code that knows one kind of device. One folder in `drivers/` each; `test/integration/driver-conformance` holds them to this. */
export interface Driver {
  /** As written in devices.json. */
  readonly name: string
  /** Keys of a devices.json entry that are this driver's own. */
  readonly keys: z.ZodObject
  /** Set where the driver can be declared but not run yet: what to tell the user. */
  readonly unavailable?: string
  /** npm package of the Appium driver that the host's Appium must load. */
  readonly appiumDriver: { package: string; automationName: string }
  readonly resets: readonly ResetPolicy[]
  /** What an entry says by itself, without touching the device: pure. */
  describe(entry: DeviceEntry): { platform: string; labels: string[]; udid?: string }
  /**
   * Finds the device and what it needs on this machine.
   * @throws BatonError BATON_TOOL_MISSING with what to install, or BATON_DEVICE_LOST where it is not there
   */
  prepare(entry: DeviceEntry, context: DriverContext): Promise<PreparedDevice>
}
