import type { VideoMode } from './video-mode.js'

/** How a device is put back between modules; the first of a driver's list is its default. */
export type ResetPolicy = 'none' | 'app' | 'session' | 'reinstall'

/** WebdriverIO's own options that devices.json takes for all devices and for one. Milliseconds where they are times. */
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
  /** An Appium server that someone else runs; absent: the host's own. */
  appium?: { url: string }
  /** Absent: the driver's default. */
  reset?: ResetPolicy
  /** Absent: off. */
  video?: VideoMode
  webdriver: WebdriverOptions
  /** The driver's own keys, already checked by its schema. */
  own: Record<string, unknown>
}
