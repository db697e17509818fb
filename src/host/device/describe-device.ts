import { labelsOfDevice, type DeviceEntry } from '../../device/device-entry.js'
import type { Driver, PreparedDevice } from '../../device/driver/driver.js'
import type { HostDevice } from '../../lease/host-leases.js'

export interface DescribedDevice {
  entry: DeviceEntry
  driver: Pick<Driver, 'describe'>
  hostName: string
  prepared: Pick<PreparedDevice, 'labels' | 'udid'>
}

/** Describes a device for the farm: what its entry declares, and what its driver found out. */
export function describeDevice({ entry, driver, hostName, prepared }: DescribedDevice): HostDevice {
  const described = driver.describe(entry)
  const udid = prepared.udid ?? described.udid
  return {
    name: entry.name,
    labels: [...new Set([...labelsOfDevice(entry, described), ...prepared.labels, `host=${hostName}`])],
    driver: entry.driver,
    platform: described.platform,
    ...(udid !== undefined && { udid }),
  }
}
