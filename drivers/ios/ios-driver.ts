import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { Driver } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'

const keys = z.object({
  udid: z.string().optional().describe('Identifier, as `xcrun xctrace list devices` lists it'),
  simulator: z.string().optional().describe('Name of the simulator to start, e.g. "iPhone 16"'),
  platformVersion: z.string().optional().describe('iOS version of the simulator'),
  app: z.string().optional().describe('Path or URL of the app under test (.ipa, .app)'),
})

const unavailable = 'iOS devices can be declared, but not run yet; emulated phones run with `"driver": "chromium"`'

/** iPhones, iPads and simulators, through Appium's XCUITest driver. */
export const iosDriver: Driver = {
  name: 'ios',
  keys,
  unavailable,
  appiumDriver: { package: 'appium-xcuitest-driver', automationName: 'XCUITest' },
  resets: ['app', 'reinstall', 'session', 'none'],
  provides: [],
  async diagnose(entries) {
    const socket = '/var/run/usbmuxd'
    const found = `${existsSync(socket) ? `usbmuxd at ${socket}` : 'usbmuxd is not there'}; ${unavailable}`
    return [{ name: 'iOS', state: entries.length > 0 ? 'problem' : 'unused', found }]
  },
  describe(entry) {
    const { udid } = keys.parse(entry.own)
    return { platform: 'ios', labels: ['platform=ios'], ...(udid === undefined ? {} : { udid }) }
  },
  async prepare(entry) {
    throw new BatonError('BATON_DRIVER_UNAVAILABLE', `${entry.name}: ${unavailable}`, { device: entry.name })
  },
}
