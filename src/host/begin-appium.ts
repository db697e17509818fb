import path from 'node:path'
import type { Driver } from '../device/driver.js'
import type { FarmConfig } from '../device/farm-config.js'
import { AppiumKeeper } from './appium-keeper.js'

export interface AppiumNeeds {
  config: FarmConfig
  drivers: readonly Driver[]
  env: Readonly<Record<string, string | undefined>>
  /** Its log goes there. */
  workDir: string
}

/** Starts an Appium with the drivers of all devices that have no server of their own; undefined where each has one. */
export async function beginAppium({ config, drivers, env, workDir }: AppiumNeeds): Promise<AppiumKeeper | undefined> {
  const used = new Set(config.devices.filter(device => !device.appium).map(device => device.driver))
  if (used.size === 0) return undefined
  return AppiumKeeper.start({
    driverPackages: drivers.filter(driver => used.has(driver.name)).map(driver => driver.appiumDriver.package),
    logFile: path.join(workDir, 'appium.log'),
    env,
  })
}
