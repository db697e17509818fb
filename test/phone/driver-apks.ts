import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const packages = ['appium-uiautomator2-server', 'io.appium.settings']

/**
 * The apps that the UiAutomator2 driver installs before the first session on a phone.
 * @returns their files; none if the driver is not installed
 */
export function driverApks(): string[] {
  try {
    const fromDriver = createRequire(createRequire(import.meta.url).resolve('appium-uiautomator2-driver/package.json'))
    return packages.flatMap(name => {
      const folder = path.join(path.dirname(fromDriver.resolve(`${name}/package.json`)), 'apks')
      return readdirSync(folder)
        .filter(file => file.endsWith('.apk'))
        .map(file => path.join(folder, file))
    })
  } catch {
    return []
  }
}
