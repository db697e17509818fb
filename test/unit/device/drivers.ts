import { z } from 'zod'
import type { Driver } from '../../../src/device/driver/driver.js'

const port = z.int().min(1).max(65_535)

/** Two small drivers: one for browsers, one for phones that can only be declared. */
export const browser: Driver = {
  name: 'browser',
  keys: z.object({
    emulation: z
      .strictObject({ deviceName: z.string().optional(), width: z.number().min(1).optional() })
      .check(context => {
        const { deviceName, width } = context.value
        if (deviceName === undefined || width === undefined) return
        context.issues.push({ code: 'custom', message: `${deviceName} has a width of its own`, input: context.value })
      })
      .optional(),
    port: port.describe('Where it listens.').optional(),
    headless: z.boolean().default(true),
  }),
  appiumDriver: { package: 'appium-browser-driver', automationName: 'Browser' },
  resets: ['app', 'session', 'none'],
  provides: [],
  describe: () => ({ platform: 'browser', labels: [] }),
  prepare: () => Promise.reject(new Error('not prepared here')),
}

export const phone: Driver = {
  name: 'phone',
  keys: z.object({ udid: z.string().optional(), avd: z.string().optional() }),
  appiumDriver: { package: 'appium-phone-driver', automationName: 'Phone' },
  resets: ['session', 'reinstall'],
  provides: ['recording'],
  describe: ({ own }) => ({
    platform: 'phone',
    labels: [],
    ...(typeof own['udid'] === 'string' && { udid: own['udid'] }),
  }),
  prepare: () => Promise.reject(new Error('not prepared here')),
}

export const drivers = [browser, phone]
