import type { AdbAddress } from '../android-keys.js'
import { parseLocale } from '../settings/phone-locale.js'

export interface AndroidCapabilityParts {
  udid: string
  adb: AdbAddress
  /** Folder of ChromeDrivers; absent for a foreign Appium server, which has its own. */
  chromedrivers?: string | undefined
}

/**
 * Capabilities for a session, except those that differ each time.
 * @param extra - from devices.json and of the app; they win
 */
export function androidCapabilities(
  { udid, adb, chromedrivers }: AndroidCapabilityParts,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  return {
    platformName: 'Android',
    'appium:automationName': 'UiAutomator2',
    'appium:udid': udid,
    // Without it, the UiAutomator2 driver passes 5037 to adb.
    'appium:adbPort': adb.port,
    ...(adb.host === '127.0.0.1' || adb.host === 'localhost' ? {} : { 'appium:remoteAdbHost': adb.host }),
    // Other programs use the adb server too.
    'appium:suppressKillServer': true,
    // Baton resets the app between modules, which is cheaper. A new session starts on the app's first screen.
    'appium:noReset': true,
    'appium:forceAppLaunch': true,
    // Baton itself collects logs and unlocks the screen.
    'appium:skipLogcatCapture': true,
    'appium:skipUnlock': true,
    'appium:mockLocationApp': '',
    'appium:ignoreHiddenApiPolicyError': true,
    ...(chromedrivers !== undefined && { 'appium:chromedriverExecutableDir': chromedrivers }),
    ...extra,
  }
}

/** Steps to skip on a phone on which a session was open before. */
export const preparedPhoneCapabilities = {
  'appium:skipServerInstallation': true,
  'appium:skipDeviceInitialization': true,
} as const

/** The locale of the first session is set by the UiAutomator2 driver: only an app that it installs then can change it. */
export function localeCapabilities(locale: string | undefined): Record<string, unknown> {
  const { language, script, country } = (locale !== undefined && parseLocale(locale)) || {}
  if (language === undefined) return {}
  return {
    'appium:language': language,
    'appium:locale': country,
    ...(script !== undefined && { 'appium:localeScript': script }),
  }
}

/** Without it, the UiAutomator2 driver starts apps of the first user. */
export function userCapabilities(user: number): Record<string, unknown> {
  return user === 0 ? {} : { 'appium:userProfile': user }
}
