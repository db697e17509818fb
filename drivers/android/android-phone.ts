import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { AppFile } from '../../src/device/driver/app-capability.js'
import type { ArtifactCapability } from '../../src/device/driver/artifact-capability.js'
import type { DriverContext, NetworkPath, PreparedDevice } from '../../src/device/driver/driver.js'
import type { RecordingCapability } from '../../src/device/driver/recording-capability.js'
import type { AdbPhone } from './adb/adb-phone.js'
import { ReversedPorts } from './adb/reversed-ports.js'
import { completeKeys, type AndroidKeys } from './android-keys.js'
import { AppReset } from './apps/app-reset.js'
import { PhoneApps } from './apps/phone-apps.js'
import { SelectedApp } from './apps/selected-app.js'
import { collectPhoneArtifacts } from './artifacts/collect-artifacts.js'
import { LogcatRecorder } from './artifacts/logcat-recorder.js'
import { FrontWindow } from './health/front-window.js'
import { HealthCheck } from './health/health-check.js'
import { PackageManagerWatchdog } from './health/package-manager-watchdog.js'
import { PhoneHealth } from './health/phone-health.js'
import { PhoneMonitor } from './health/phone-monitor.js'
import { labelsFromProperties } from './phone-labels.js'
import { PhoneReservation } from './phone-reservation.js'
import type { Chromedrivers } from './session/chromedrivers.js'
import { PhoneSessions } from './session/phone-sessions.js'
import { ScreenLock } from './health/screen-lock.js'
import { PhoneSettings } from './settings/phone-settings.js'
import { ScreenRecorder } from './video/screen-recorder.js'

export interface AndroidPhoneParts {
  entry: DeviceEntry
  keys: AndroidKeys
  context: DriverContext
  phone: AdbPhone
  /** The app of devices.json. */
  app: AppFile | undefined
  /** Absent for a foreign Appium server. */
  chromedrivers: Chromedrivers | undefined
  /** Releases the phone's lock and its adb server. */
  release: () => Promise<void>
}

/**
 * One phone for as long as the host runs, however often it leaves and comes back. Each capability is a part of its own; here
 * they are connected, and notified when the phone comes and goes.
 */
export class AndroidPhone implements PreparedDevice {
  readonly udid: string
  readonly sessions: PhoneSessions
  readonly health: PhoneHealth
  readonly reservation: PhoneReservation
  readonly apps: SelectedApp
  readonly artifacts: ArtifactCapability = {
    collect: (session, directory) =>
      collectPhoneArtifacts(
        { phone: this.#parts.phone, log: this.#log, app: this.sessions.app, frontWindow: this.#frontWindow },
        session,
        directory,
      ),
  }
  readonly networkPath: NetworkPath = { via: 'ports' }
  readonly recording: RecordingCapability = { start: directory => this.#recorder.start(directory) }
  labels: readonly string[] = []
  readonly #parts: AndroidPhoneParts
  readonly #monitor: PhoneMonitor
  readonly #log: LogcatRecorder
  readonly #recorder: ScreenRecorder
  readonly #reversedPorts: ReversedPorts
  readonly #settings: PhoneSettings
  readonly #healthCheck: HealthCheck
  readonly #frontWindow: FrontWindow

  constructor(parts: AndroidPhoneParts) {
    const { entry, keys, context, phone, app: ownApp, chromedrivers } = parts
    const { limits, prepare } = completeKeys(keys)
    this.#parts = parts
    this.udid = phone.udid
    this.#log = new LogcatRecorder(phone, context.workDir)
    this.#recorder = new ScreenRecorder(phone)
    this.#reversedPorts = new ReversedPorts(phone)
    this.#settings = new PhoneSettings(phone, prepare)
    this.#monitor = this.#createMonitor(limits.answerMs)
    const watchdog = new PackageManagerWatchdog(phone, limits.answerMs)
    const apps = new PhoneApps(phone, { grantPermissions: keys.grantPermissions ?? false, watchdog })
    const appReset = new AppReset(phone, apps, entry.reset ?? 'app')
    const lock = new ScreenLock(phone, prepare.pin)
    const frontWindow = new FrontWindow(phone, lock)
    this.#frontWindow = frontWindow
    this.#healthCheck = new HealthCheck(phone, limits, this.#settings, lock, frontWindow)
    const healthCheck = this.#healthCheck
    this.apps = new SelectedApp({ phone, apps, healthCheck, ownApp })
    const { locale } = prepare
    this.sessions = new PhoneSessions({
      phone,
      chromedrivers,
      locale,
      apps: this.apps,
      appReset,
      healthCheck,
      frontWindow,
    })
    this.health = new PhoneHealth({
      phone,
      limits,
      monitor: this.#monitor,
      healthCheck,
      watchdog,
      ensureLabels: () => this.#ensureLabels(),
    })
    this.reservation = new PhoneReservation({
      log: this.#log,
      recordsLog: context.observer !== undefined,
      reversedPorts: this.#reversedPorts,
      monitor: this.#monitor,
      appReset,
      sessions: this.sessions,
    })
  }

  /** @throws BatonError BATON_DEVICE_LOST if the phone is missing and has no observer that waits for it */
  async start(): Promise<this> {
    await this.#monitor.start()
    if (this.#parts.context.observer) return this
    try {
      this.#parts.phone.assertAttached()
      return this
    } catch (error) {
      this.#monitor.stop()
      throw error
    }
  }

  #createMonitor(answerMs: number): PhoneMonitor {
    const { phone, context } = this.#parts
    return new PhoneMonitor({
      phone,
      observer: context.observer ?? { lost: () => {}, back: () => {} },
      answerMs,
      onAttached: () => this.#onAttached(),
      onLost: detached => this.#onLost(detached),
    })
  }

  async dispose(): Promise<void> {
    if (this.#monitor.isStopped) return
    this.#monitor.stop()
    this.#log.stop()
    await this.#reversedPorts.removeAll()
    await this.sessions.close().catch(() => {})
    // Without an observer the phone is only inspected, and may be in use by another process.
    if (this.#parts.context.observer && this.#monitor.isUsable) await this.#settings.restore().catch(() => {})
    await this.#parts.release()
  }

  async #onAttached(): Promise<void> {
    if (this.#parts.context.observer) {
      this.#log.start()
      await this.sessions.removeStale()
    }
    this.labels = labelsFromProperties(await this.#parts.phone.properties())
  }

  #onLost(detached: boolean): void {
    this.sessions.phoneLost()
    this.#healthCheck.phoneLost()
    if (detached) this.#reversedPorts.clear()
  }

  /** If the phone was too slow when it was attached, the farm does not know its labels yet. */
  async #ensureLabels(): Promise<void> {
    if (this.labels.length > 0) return
    await this.#onAttached()
    this.#parts.context.observer?.back('it has reported its properties')
  }
}
