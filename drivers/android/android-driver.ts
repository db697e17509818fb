import type { Driver } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import type { ProcessLock } from '../../src/process/process-lock.js'
import { AdbPhone } from './adb/adb-phone.js'
import { AdbServer } from './adb/adb-server.js'
import { AndroidPhone } from './android-phone.js'
import { diagnoseAndroid } from './android-diagnosis.js'
import { adbAddressOf, androidKeys } from './android-keys.js'
import { portCapabilities } from './session/session-ports.js'
import { Chromedrivers } from './session/chromedrivers.js'
import { discoverPhones } from './discover-phones.js'
import { findAdb, sdkEnvironment } from './adb/find-adb.js'
import { resolveApp } from './apps/phone-apps.js'
import { phoneLabelKeys } from './phone-labels.js'
import { lockPhone } from './phone-lock.js'
import { webviewHint } from './session/webview-errors.js'

/** Android phones and emulators, through Appium's UiAutomator2 driver. */
export const androidDriver: Driver = {
  name: 'android',
  keys: androidKeys,
  appiumDriver: { package: 'appium-uiautomator2-driver', automationName: 'UiAutomator2' },
  resets: ['app', 'reinstall', 'session', 'none'],
  portCapabilities,
  provides: ['health', 'reservation', 'apps', 'artifacts', 'recording'],
  findsLabels: phoneLabelKeys,
  hintFor: webviewHint,
  diagnose: diagnoseAndroid,

  async findMistake({ own }) {
    const { app } = androidKeys.parse(own)
    if (app === undefined) return undefined
    return resolveApp(app).then(
      () => undefined,
      (error: unknown) => (error instanceof BatonError ? error : undefined),
    )
  },

  describe(entry) {
    const { udid } = androidKeys.parse(entry.own)
    return { platform: 'android', labels: ['platform=android'], ...(udid !== undefined && { udid }) }
  },

  async appiumEnvironment({ env, directory }) {
    return sdkEnvironment(env, directory)
  },

  discovery: {
    isGroup: entry => androidKeys.parse(entry.own).discover === true,
    async start(entry, context) {
      const keys = androidKeys.parse(entry.own)
      const server = await serverAt(adbAddressOf(keys, context.env), await findAdb(context.env))
      return discoverPhones(entry, server, context)
    },
  },

  async prepare(entry, context) {
    const keys = androidKeys.parse(entry.own)
    if (keys.udid === undefined) {
      throw new BatonError('BATON_CONFIG_INVALID', `${entry.name} does not name a phone`, {
        device: entry.name,
        hint: 'add "udid" (see `adb devices`) or "discover": true',
      })
    }
    const app = keys.app === undefined ? undefined : await resolveApp(keys.app)
    const address = adbAddressOf(keys, context.env)
    const server = await serverAt(address, await findAdb(context.env))
    let lock: ProcessLock | undefined
    try {
      // Without an observer the phone is only inspected, which needs no lock.
      if (context.observer) lock = await lockPhone({ udid: keys.udid, device: entry.name, adb: address })
      // A foreign Appium server has its own ChromeDrivers.
      const chromedrivers = entry.appium
        ? undefined
        : await Chromedrivers.link(keys.chromedriver, context.env, context.workDir)
      const phone = new AndroidPhone({
        entry,
        keys,
        context,
        app,
        chromedrivers,
        phone: new AdbPhone(server, keys.udid, entry.name),
        release: async () => {
          server.release()
          await lock?.release()
        },
      })
      return await phone.start()
    } catch (error) {
      server.release()
      await lock?.release()
      throw error
    }
  },
}

async function serverAt(address: { host: string; port: number }, adb: string): Promise<AdbServer> {
  try {
    return await AdbServer.acquire(address, adb)
  } catch (cause) {
    const why = errorMessage(cause)
    throw new BatonError('BATON_TOOL_MISSING', `no adb server at ${address.host}:${address.port}: ${why}`, {
      hint: 'start one with `adb start-server`, or correct the key "adb" of the device',
      cause,
    })
  }
}
