import type { DeviceEntry } from '../../device/device-entry.js'
import type { Driver } from '../../device/driver/driver.js'
import type { HostDevice } from '../../lease/host-leases.js'
import type { Gateway } from '../gateway/gateway.js'
import type { StartLimiter } from './session/device-session.js'

/** How a device reaches its farm. Does nothing before the host has joined: joining registers every device. */
export interface DeviceFarm {
  reportOffline(device: string, reason: string): void
  requestCheck(device: HostDevice, reason: string): void
}

export interface DeviceActorOptions {
  entry: DeviceEntry
  driver: Driver
  /** Parent of the device's own folder. */
  workDir: string
  hostName: string
  env: Readonly<Record<string, string | undefined>>
  gateway: Gateway
  farm: DeviceFarm
  /** URL of the host's own Appium, once it is up. */
  appium: () => Promise<string>
  /** Ports of this machine that no page on the device may reach. */
  hostPorts: () => Promise<readonly number[]>
  /** Aborted when the host stops. */
  stop: AbortSignal
  /** For devices that this machine starts. */
  startLimiter: StartLimiter
  /** Milliseconds between two health checks of a device that no module uses; default 30,000. */
  healthCheckIntervalMs?: number | undefined
  /** The host's devices.json has servers. */
  expectsServers?: boolean
}
