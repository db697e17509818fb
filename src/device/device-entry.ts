/** How a device is reset between modules: in the order of how much they reset, as errors and editors list them. */
export const resetPolicies = ['none', 'app', 'session', 'reinstall'] as const
/** The first one in a driver's list is its default. */
export type ResetPolicy = (typeof resetPolicies)[number]

/** Whether to record a device's screen, and which recordings to keep: none, all, or those of failed attempts. */
export const videoModes = ['off', 'on', 'retain-on-failure'] as const
export type VideoMode = (typeof videoModes)[number]

/** WebdriverIO's own options, which devices.json takes for all devices and for one. Times are milliseconds. */
export interface WebdriverOptions {
  baseUrl?: string
  waitforTimeout?: number
  waitforInterval?: number
  connectionRetryTimeout?: number
  connectionRetryCount?: number
  logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** One device of devices.json, parsed and completed: the farm's defaults are already merged in. */
export interface DeviceEntry {
  name: string
  driver: string
  /** Plain words and `key=value`, as declared. */
  labels: string[]
  capabilities: Record<string, unknown>
  /** An external Appium server; absent: the host's own. */
  appium?: { url: string }
  /** Absent: the driver's default. */
  reset?: ResetPolicy
  /** Absent: off. */
  video?: VideoMode
  /** Whether its traffic passes a proxy of its host; absent: if the run has servers. */
  proxy?: boolean
  webdriver: WebdriverOptions
  /** The driver's own keys, already checked by its schema. */
  own: Record<string, unknown>
}

/** All labels of a device: its own, its driver's, and what every device has. */
export function labelsOfDevice(
  entry: DeviceEntry,
  described: { platform: string; labels: readonly string[] },
): string[] {
  const common = [`name=${entry.name}`, `driver=${entry.driver}`, `platform=${described.platform}`]
  return [...new Set([...common, ...entry.labels, ...described.labels])]
}
