import path from 'node:path'
import type { Driver } from '../../device/driver/driver.js'
import type { FarmConfig } from '../../device/farm-config.js'
import { AppiumSupervisor } from './appium-supervisor.js'

export interface HostAppiumOptions {
  config: FarmConfig
  drivers: readonly Driver[]
  env: Readonly<Record<string, string | undefined>>
  /** Folder for its log. */
  workDir: string
}

/** Starts an Appium server for all devices without a server of their own; undefined if each has one. */
export async function startHostAppium({
  config,
  drivers,
  env,
  workDir,
}: HostAppiumOptions): Promise<AppiumSupervisor | undefined> {
  const names = new Set(config.devices.filter(device => !device.appium).map(device => device.driver))
  if (names.size === 0) return undefined
  const used = drivers.filter(({ name }) => names.has(name))
  const added = await Promise.all(used.map(async driver => driver.appiumEnvironment?.({ env, directory: workDir })))
  return AppiumSupervisor.start({
    driverPackages: used.map(driver => driver.appiumDriver.package),
    logFile: path.join(workDir, 'appium.log'),
    env: Object.assign({}, env, ...added),
  })
}
