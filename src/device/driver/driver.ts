import type { z } from 'zod'
import type { BatonError } from '../../error/baton-error.js'
import type { DeviceEntry, ResetPolicy } from '../device-entry.js'
import type { AppCapability } from './app-capability.js'
import type { ArtifactCapability } from './artifact-capability.js'
import type { Diagnosis } from './diagnosis.js'
import type { DiscoveryCapability } from './discovery-capability.js'
import type { HealthCapability } from './health-capability.js'
import type { RecordingCapability } from './recording-capability.js'
import type { ReservationCapability, SessionCapability } from './session-capability.js'

/** Receives what a driver notices about a device, at any time between `prepare` and `dispose`. */
export interface DeviceObserver {
  /** The device left or no longer answers: it leaves the pool at once, and its module is stopped. */
  lost(error: BatonError): void
  /** The device may be well again: it is checked before it is offered. */
  back(reason: string): void
}

/** What the host gives a driver to work with. */
export interface DriverContext {
  /** A folder for this device alone: empty at the start, removed with the host. */
  workDir: string
  /** Environment of the host process. */
  env: Readonly<Record<string, string | undefined>>
  /** Absent: the device is only inspected, and must be present now. */
  observer?: DeviceObserver
  /** Ports of this machine that control the host, its devices or the farm: no page on a device may reach them. */
  hostPorts?: () => Promise<readonly number[]>
}

/** What a device can do beyond sessions. A driver implements a capability as a whole or not at all. */
export interface OptionalCapabilities {
  health: HealthCapability
  reservation: ReservationCapability
  apps: AppCapability
  artifacts: ArtifactCapability
  recording: RecordingCapability
}

/** A device that its driver has found and made ready. */
export interface PreparedDevice extends Readonly<Partial<OptionalCapabilities>> {
  /** Labels that the driver found out (`model=…`), in addition to those of `describe`. An absent device has none yet. */
  readonly labels: readonly string[]
  readonly udid?: string
  readonly sessions: SessionCapability
  /** How it reaches servers through a proxy on the host's machine; absent: it can't. */
  readonly networkPath?: NetworkPath
  /** The folder into which the device's browser saves downloads, on this machine. Each new session and reset empties it. */
  readonly downloads?: string
  dispose(): Promise<void>
}

/**
 * The code that knows one kind of device: one folder in `drivers/` each. `test/integration/driver-conformance` tests every
 * driver against this contract.
 */
export interface Driver {
  /** The value of `driver` in devices.json. */
  readonly name: string
  /** Keys of a devices.json entry that belong to this driver alone. */
  readonly keys: z.ZodObject
  /** npm package of the Appium driver that the host's Appium must load. */
  readonly appiumDriver: { package: string; automationName: string }
  readonly resets: readonly ResetPolicy[]
  /** The optional capabilities that every device of this driver has. */
  readonly provides: readonly (keyof OptionalCapabilities)[]
  /** Opening a session starts the device itself on the host's machine, whose cores limit how many start at a time. */
  readonly startsDevices?: true
  /** Capabilities that fix a port of the host's machine: no two devices may have the same. */
  readonly portCapabilities?: readonly string[]
  /** Keys of the labels that `prepare` may add to those of `describe`, e.g. `model`; default none. */
  readonly findsLabels?: readonly string[]
  /** Present if an entry can stand for several devices. */
  readonly discovery?: DiscoveryCapability
  /** What to do about an error that its Appium driver returned to a script; undefined if the message is clear enough. Pure. */
  hintFor?(message: string): string | undefined
  /**
   * Completes the environment of the host's Appium.
   * @param directory - a folder that belongs to the host
   * @throws BatonError BATON_TOOL_MISSING with what to install
   */
  appiumEnvironment?(context: {
    env: Readonly<Record<string, string | undefined>>
    directory: string
  }): Promise<Record<string, string>>
  /**
   * Checks what its devices need on this machine, for `baton doctor`. Never throws: what is missing is a diagnosis.
   * @param entries - its devices in devices.json; may be empty
   */
  diagnose?(entries: readonly DeviceEntry[], env: DriverContext['env']): Promise<Diagnosis[]>
  /**
   * Finds mistakes in an entry that show without its device, before anything is started.
   * @param env - of this process
   */
  findMistake?(entry: DeviceEntry, env: DriverContext['env']): Promise<BatonError | undefined>
  /** What an entry declares, without touching the device. Pure. */
  describe(entry: DeviceEntry): { platform: string; labels: string[]; udid?: string }
  /**
   * Finds the device and the tools that it needs on this machine.
   * @throws BatonError BATON_TOOL_MISSING with what to install, or BATON_DEVICE_LOST if the device is missing and has no
   *   observer
   */
  prepare(entry: DeviceEntry, context: DriverContext): Promise<PreparedDevice>
}

/**
 * How a device gets its traffic to the proxy that the host runs for it. `proxy`: its sessions take an HTTP proxy for
 * everything. `ports`: ports of the run's servers lead to the proxy, and nothing else does. `unavailable`: why there is no
 * way, for the user.
 */
export type NetworkPath = { via: 'proxy' } | { via: 'ports' } | { unavailable: string }
