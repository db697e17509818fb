import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Diagnosis } from '../../src/device/driver/diagnosis.js'
import type { Driver } from '../../src/device/driver/driver.js'
import { lockDevice } from '../../src/device/device-lock.js'
import { errorMessage } from '../../src/error/error-text.js'
import { iosKeys } from './ios-keys.js'
import { Iphone, iphoneLabelKeys } from './iphone.js'
import { wdaClient } from './wda-client.js'

/** iPhones and iPads with a running WebDriverAgent, through Appium's XCUITest driver. */
export const iosDriver: Driver = {
  name: 'ios',
  keys: iosKeys,
  appiumDriver: { package: 'appium-xcuitest-driver', automationName: 'XCUITest' },
  resets: ['app', 'session', 'none'],
  provides: ['health', 'reservation', 'artifacts'],
  findsLabels: iphoneLabelKeys,

  async diagnose(entries) {
    if (entries.length === 0) return [{ name: 'iOS', state: 'unused', found: 'no iPhones declared' }]
    return Promise.all(entries.map(diagnosePhone))
  },

  describe(entry) {
    const { udid } = iosKeys.parse(entry.own)
    return { platform: 'ios', labels: ['platform=ios'], udid }
  },

  async prepare(entry, context) {
    const keys = iosKeys.parse(entry.own)
    // Without an observer the phone is only inspected, which needs no lock.
    const lock = context.observer
      ? await lockDevice({ key: `wda ${new URL(keys.wda).host}`, udid: keys.udid, device: entry.name })
      : undefined
    const release = async (): Promise<void> => lock?.release()
    try {
      return await new Iphone({ entry, keys, context, release }).start()
    } catch (error) {
      await release()
      throw error
    }
  },
}

async function diagnosePhone({ name, own }: DeviceEntry): Promise<Diagnosis> {
  const keys = iosKeys.parse(own)
  try {
    const { os } = await wdaClient(name, keys).status()
    return { name: 'iOS', state: 'ok', found: `${name}: iOS ${os?.version ?? 'unknown'} at ${keys.wda}` }
  } catch (error) {
    return { name: 'iOS', state: 'problem', found: errorMessage(error), fix: 'start WebDriverAgent on the phone' }
  }
}
