import type { DeviceEntry } from '../device-entry.js'

export interface DiscoveryContext {
  env: Readonly<Record<string, string | undefined>>
  /** All entries of the file. A device that another entry names, or that an earlier group includes, is skipped. */
  entries: readonly DeviceEntry[]
  /** Called once for each device. Rejects if the device is unavailable now; it is then offered again later. */
  found: (entry: DeviceEntry) => Promise<void>
  /** Milliseconds until a device that was unavailable is offered again; default: the driver's own. */
  retryAfterMs?: number | undefined
}

/** Continues until it is stopped: devices are found when they are plugged in. */
export interface Discovery {
  stop(): void
}

/** Finds the devices of an entry that stands for several. */
export interface DiscoveryCapability {
  /** Whether an entry stands for any number of devices that it does not name. Pure. */
  isGroup(entry: DeviceEntry): boolean
  /** Resolves when the devices that are attached now have been found. */
  start(entry: DeviceEntry, context: DiscoveryContext): Promise<Discovery>
}
