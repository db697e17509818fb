import type { AppCapability, AppFile } from '../../../src/device/driver/app-capability.js'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import type { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthCheck } from '../health/health-check.js'
import { checkSession } from '../session/session-commands.js'
import { mayBeLostWebview } from '../session/webview-errors.js'
import type { PhoneApps } from './phone-apps.js'

/** Part of a session's identity: another content of the same package is another app. Not for Appium. */
const appHash = 'baton:appHash'

export interface SelectedAppParts {
  phone: AdbPhone
  apps: PhoneApps
  healthCheck: HealthCheck
  /** The app of devices.json. */
  ownApp: AppFile | undefined
}

/** The app under test of one phone. */
export class SelectedApp implements AppCapability {
  #file: AppFile | undefined

  constructor(private readonly parts: SelectedAppParts) {}

  /** The file of the app that was selected last. */
  get file(): AppFile | undefined {
    return this.#file
  }

  async use(app: AppFile | undefined): Promise<Record<string, unknown>> {
    const { apps, healthCheck, ownApp } = this.parts
    this.#file = app ?? ownApp
    if (!this.#file) return {}
    const apk = await apps.ensureInstalled(this.#file).catch((error: unknown) => {
      // The phone itself may be the reason: its next health check is a full one.
      healthCheck.invalidate()
      throw error
    })
    return {
      'appium:appPackage': apk.package,
      ...(apk.activity !== undefined && { 'appium:appActivity': apk.activity }),
      [appHash]: this.#file.hash,
    }
  }

  async startRefusal(app: AppFile, reason: string): Promise<BatonError | undefined> {
    return this.parts.apps.startRefusal(app, reason)
  }

  async causedFault(fault: string, session: HostSession): Promise<boolean> {
    if (!mayBeLostWebview(fault)) return false
    return checkSession(this.parts.phone, session).then(
      () => true,
      () => false,
    )
  }
}

/** Capabilities without what belongs to the session's identity only. */
export function withoutAppHash({
  [appHash]: _hash,
  ...capabilities
}: Record<string, unknown>): Record<string, unknown> {
  return capabilities
}
