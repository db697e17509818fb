import type { HealthCapability } from '../../../src/device/driver/health-capability.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthLimits } from '../android-keys.js'
import type { HealthCheck } from './health-check.js'
import type { PackageManagerWatchdog } from './package-manager-watchdog.js'
import type { PhoneMonitor } from './phone-monitor.js'

export interface PhoneHealthParts {
  phone: AdbPhone
  limits: HealthLimits
  monitor: PhoneMonitor
  healthCheck: HealthCheck
  watchdog: PackageManagerWatchdog
  /** Reads the phone's labels if they are still unknown. */
  ensureLabels: () => Promise<void>
}

/** Decides if one phone is fit to serve. */
export class PhoneHealth implements HealthCapability {
  constructor(private readonly parts: PhoneHealthParts) {}

  /** A full check at most every 15 seconds, in between a ping. */
  async check(): Promise<void> {
    const { phone, limits, monitor, healthCheck, ensureLabels } = this.parts
    if (monitor.isStopped) throw phone.lostError('is no longer served')
    phone.assertAttached()
    if (!monitor.isUsable) throw phone.lostError(`does not answer a shell within ${limits.answerMs} ms`)
    if (healthCheck.isRecent) {
      await phone.shell('echo', limits.answerMs)
      return
    }
    await ensureLabels()
    await healthCheck.run()
  }

  /** The UiAutomator2 driver may install its own apps while a session opens. */
  async watchOpening<T>(open: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.parts.watchdog.guard(open)
  }
}
