import { z } from 'zod'
import type { Driver } from '../../src/device/driver.js'
import { BatonError } from '../../src/error/baton-error.js'

const keys = z.object({
  udid: z.string().optional().describe('Serial number, as `adb devices` lists it'),
  avd: z.string().optional().describe('Name of the emulator image to start'),
  app: z.string().optional().describe('Path or URL of the app under test (.apk)'),
})

const unavailable = 'Android devices can be declared, but not run yet; emulated phones run with `"driver": "chromium"`'

/** Android phones and emulators, through Appium's UiAutomator2 driver. */
export const androidDriver: Driver = {
  name: 'android',
  keys,
  unavailable,
  appiumDriver: { package: 'appium-uiautomator2-driver', automationName: 'UiAutomator2' },
  resets: ['app', 'reinstall', 'session', 'none'],
  describe(entry) {
    const { udid } = keys.parse(entry.own)
    return { platform: 'android', labels: ['platform=android'], ...(udid === undefined ? {} : { udid }) }
  },
  async prepare(entry) {
    throw new BatonError('BATON_DRIVER_UNAVAILABLE', `${entry.name}: ${unavailable}`, { device: entry.name })
  },
}
