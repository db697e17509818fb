import type { DeviceEntry } from './device-entry.js'

/** All labels of a device: its own, its driver's, and what every device has. */
export function labelsOfDevice(
  entry: DeviceEntry,
  described: { platform: string; labels: readonly string[] },
): string[] {
  const common = [`name=${entry.name}`, `driver=${entry.driver}`, `platform=${described.platform}`]
  return [...new Set([...common, ...entry.labels, ...described.labels])]
}
