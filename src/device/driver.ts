import type { z } from 'zod'
import type { BatonError } from '../error/baton-error.js'
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
  /** What it says in one line, where that is worth to be shown with the failure: `com.example.chat crashed: …`. */
  finding?: string
}

/** A film of a device's screen. */
export interface Recording {
  /** Ends it, within seconds; never rejects over what became of the device. */
  stop(): Promise<RecordedVideo>
  /** Ends it; nothing of it is wanted. */
  discard(): Promise<void>
}

export interface RecordedVideo {
  /** MP4, in the order in which they were filmed: one, unless they could not be joined. */
  files: string[]
  /** Why there is none. */
  reason?: string
}

/** The app that a module is to find on its devices. */
export interface AppFile {
  /** SHA-256 of its content, in hex. */
  hash: string
  path: string
  /** As people know it. */
  name: string
}

/** What a driver tells of a device that it follows, at any time between `prepare` and `dispose`. */
export interface DeviceObserver {
  /** It left or no longer answers: it is out of the pool at once, and its module is stopped. */
  lost(error: BatonError): void
  /** It may be well again: it is checked before it is offered. */
  back(reason: string): void
}

/** What the host gives a driver to work with. */
export interface DriverContext {
  /** A folder of this device's own, made empty at start and removed with the host. */
  workDir: string
  /** Environment of the host process. */
  env: Readonly<Record<string, string | undefined>>
  /** Whom to tell of a device that comes and goes; absent: it is only looked at, and must be there now. */
  observer?: DeviceObserver
}

/** A device that its driver has found and made ready to be driven. */
export interface PreparedDevice {
  /** Labels that the driver found out (`model=…`), beside those of `describe`; those of an absent device come with it. */
  readonly labels: readonly string[]
  readonly udid?: string
  /**
   * Looks at the device itself, beside any session: between modules, on a schedule, and before one that was refused is
   * offered again.
   * @throws BatonError BATON_DEVICE_LOST where it is not there, or is not fit to serve
   */
  examine?(): Promise<void>
  /**
   * A module is about to get the device, from here until the next call or `returned`.
   * @param servers - URLs that it may reach, as they are on this machine
   */
  taken?(servers: readonly string[]): Promise<void>
  returned?(): void
  /**
   * Looks at the device beside the opening of a session, which may take long where much is to be installed.
   * @param open - gives up where its signal aborts, and throws the reason
   * @throws BatonError BATON_DEVICE_UNFIT where the device hangs; else as `open` does
   */
  besideOpening?<T>(open: (givenUp: AbortSignal) => Promise<T>): Promise<T>
  /**
   * After a session was opened, and before each module that gets it.
   * @throws BatonError BATON_SESSION_LOST where it drives anything but this device
   */
  verify?(session: HostSession): Promise<void>
  /**
   * Makes an app the one under test, installed if it isn't; undefined: the one of devices.json.
   * @returns capabilities that belong to it
   */
  useApp?(app: AppFile | undefined): Promise<Record<string, unknown>>
  /**
   * Asked where no session could be opened with an app that a run brought along.
   * @param why - what the server said
   * @returns BATON_APP_REFUSED where that is the app's own fault: the device has it, and can't start it; else undefined
   */
  refusalToStart?(app: AppFile, why: string): Promise<BatonError | undefined>
  /**
   * Capabilities for a new session.
   * @param extra - capabilities from devices.json, which win over the driver's own
   */
  capabilities(extra: Record<string, unknown>): Record<string, unknown>
  /**
   * Completes the capabilities by what differs at each opening (a port that is free now, a new folder) and is therefore
   * no part of a session's identity.
   * @throws BatonError BATON_DEVICE_LOST or BATON_DEVICE_UNFIT where the device itself can't have a session now
   */
  completeCapabilities?(capabilities: Record<string, unknown>): Promise<Record<string, unknown>>
  /** @throws BatonError BATON_DEVICE_LOST where the device or its session does not answer */
  check(session: HostSession): Promise<void>
  /**
   * Whether what an answer told is the app's own doing, and the session is well: a webview is gone with its app.
   * @param fault - code and message of the answer: `invalid session id: …`
   */
  isOfApp?(fault: string, session: HostSession): Promise<boolean>
  /**
   * Puts the device back to a clean state within its session.
   * @param signal - aborted where it is given up: whatever it does to the device beside the session is over before
   *   `completeCapabilities` returns
   * @throws where it could not; the host then opens a new session, and what is still dirty, `completeCapabilities` cleans
   */
  reset(session: HostSession, policy: Exclude<ResetPolicy, 'none' | 'session'>, signal: AbortSignal): Promise<void>
  /** Milliseconds until a reset is given up for a new session; default 10,000. */
  readonly resetTimeoutMs?: number
  /** Writes what explains a failure into `directory`; what cannot be had is left out, never thrown. */
  collect(session: HostSession, directory: string): Promise<Artifact[]>
  /** The same where no session is open any more. */
  collectAlone?(directory: string): Promise<Artifact[]>
  /**
   * Begins to film the screen, at once; nobody waits for it. Present where the driver `records`.
   * @param directory - for its files, empty; removed by the host once they are no longer needed
   */
  record?(directory: string): Recording
  /** Ends by force what a session has on this machine that could not be deleted, or that would hold its deletion up. */
  abandon?(session: HostSession): void
  dispose(): Promise<void>
}

export interface DiscoveryContext {
  env: Readonly<Record<string, string | undefined>>
  /** All of the file: a device that another one names, or an earlier one stands for, is not this one's. */
  entries: readonly DeviceEntry[]
  /** Told of each device once; rejects where it could not be taken up now, and is told of it again later. */
  found: (entry: DeviceEntry) => Promise<void>
  /** Milliseconds until a device that could not be taken up is offered again; default: the driver's own. */
  retryAfterMs?: number | undefined
}

/** Goes on until it is stopped: devices come when they are plugged in. */
export interface Discovery {
  stop(): void
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
  /** A session's opening starts the device itself, on the host's machine: its cores are what limits how many start at a time. */
  readonly startsDevices?: true
  /** Capabilities that fix a port of the host's machine: no two devices may have the same. */
  readonly portCapabilities?: readonly string[]
  /** Set where its devices' screens can be filmed. */
  readonly records?: true
  /** What to do about an error that its Appium driver answered a script with; undefined: it says that itself. Pure. */
  hintFor?(message: string): string | undefined
  /** Set where its devices take the app under test that a run brings along: they have `useApp`. */
  readonly takesApps?: true
  /**
   * Completes the environment of the host's Appium.
   * @param directory - a folder of the host's own
   * @throws BatonError BATON_TOOL_MISSING with what to install
   */
  appiumEnvironment?(context: {
    env: Readonly<Record<string, string | undefined>>
    directory: string
  }): Promise<Record<string, string>>
  /**
   * What an entry says by itself, without touching the device: pure.
   * @returns `several`: it stands for any number of devices
   */
  describe(entry: DeviceEntry): { platform: string; labels: string[]; udid?: string; several?: boolean }
  /**
   * Present where an entry can stand for devices that it does not name. Resolves once those that are there now are found;
   * undefined: the entry stands for one device.
   */
  discover?(entry: DeviceEntry, context: DiscoveryContext): Promise<Discovery> | undefined
  /**
   * Finds the device and what it needs on this machine.
   * @throws BatonError BATON_TOOL_MISSING with what to install, or BATON_DEVICE_LOST where it is not there and nobody
   *   observes it
   */
  prepare(entry: DeviceEntry, context: DriverContext): Promise<PreparedDevice>
}
