import type { AdbAddress } from '../android-keys.js'
import { parseLocale } from '../settings/phone-locale.js'

export interface CapabilityParts {
  udid: string
  adb: AdbAddress
  /** Folder of ChromeDrivers; absent where an Appium server of someone else has its own. */
  chromedrivers?: string | undefined
}

/**
 * Capabilities for a session, without what differs at each opening.
 * @param extra - from devices.json and of the app; they win
 */
export function androidCapabilities(
  { udid, adb, chromedrivers }: CapabilityParts,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  return {
    platformName: 'Android',
    'appium:automationName': 'UiAutomator2',
    'appium:udid': udid,
    // The driver passes it to adb whatever it is, so that it must be said.
    'appium:adbPort': adb.port,
    ...(adb.host === '127.0.0.1' || adb.host === 'localhost' ? {} : { 'appium:remoteAdbHost': adb.host }),
    // The server is everybody's.
    'appium:suppressKillServer': true,
    // What resets an app between modules is the driver's own, and cheaper; a new session begins on its first screen.
    'appium:noReset': true,
    'appium:forceAppLaunch': true,
    // Logs, unlocking and the mock location's app are looked after beside the session.
    'appium:skipLogcatCapture': true,
    'appium:skipUnlock': true,
    'appium:mockLocationApp': '',
    'appium:ignoreHiddenApiPolicyError': true,
    ...(chromedrivers !== undefined && { 'appium:chromedriverExecutableDir': chromedrivers }),
    ...extra,
  }
}

/** What a phone needs no more once a session was open on it. */
export const preparedPhoneCapabilities = {
  'appium:skipServerInstallation': true,
  'appium:skipDeviceInitialization': true,
} as const

/** Before the first session nothing on the phone can change its language: the UiAutomator2 driver brings along what can. */
export function localeCapabilities(locale: string | undefined): Record<string, unknown> {
  const { language, script, country } = (locale !== undefined && parseLocale(locale)) || {}
  if (language === undefined) return {}
  return {
    'appium:language': language,
    'appium:locale': country,
    ...(script !== undefined && { 'appium:localeScript': script }),
  }
}
