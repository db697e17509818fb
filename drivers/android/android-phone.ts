import { z } from 'zod'
import type { AppCapability, AppFile } from '../../src/device/driver/app-capability.js'
import type { ArtifactCapability } from '../../src/device/driver/artifact-capability.js'
import type { HealthCapability } from '../../src/device/driver/health-capability.js'
import type { RecordingCapability } from '../../src/device/driver/recording-capability.js'
import type { ReservationCapability } from '../../src/device/driver/reservation-capability.js'
import type { SessionCapability } from '../../src/device/driver/session-capability.js'
import type { DriverContext, PreparedDevice } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { DeviceEntry, ResetPolicy } from '../../src/device/device-entry.js'
import { errorMessage } from '../../src/error/error-text.js'
import type { AdbPhone } from './adb/adb-phone.js'
import { androidCapabilities, localeCapabilities, preparedPhoneCapabilities } from './session/android-capabilities.js'
import { collectArtifacts } from './artifacts/collect-artifacts.js'
import type { Chromedrivers } from './session/chromedrivers.js'
import { completeKeys, type AndroidKeys, type PrepareOptions } from './android-keys.js'
import { appUnderTest } from './apps/app-commands.js'
import { resetOrientation, resetSession } from './session/session-reset.js'
import { AppReset } from './apps/app-reset.js'
import { LogcatRecorder } from './artifacts/logcat-recorder.js'
import { HealthCheck } from './health/health-check.js'
import { labelsFromProperties } from './phone-labels.js'
import { PackageManagerWatchdog } from './health/package-manager-watchdog.js'
import { PhoneApps } from './apps/phone-apps.js'
import { PhoneSettings } from './settings/phone-settings.js'
import { ReversedPorts } from './adb/reversed-ports.js'
import { verifySessionPhone, sessionPorts } from './session/session-ports.js'
import { mayBeLostWebview } from './session/webview-errors.js'
import { PhoneMonitor } from './health/phone-monitor.js'
import { SessionForwards } from './session/session-forwards.js'
import { ScreenRecorder } from './video/screen-recorder.js'

/** Part of a session's identity: another content under the same package is another app. Not for Appium. */
const appHash = 'baton:appHash'

export interface AndroidPhoneParts {
  entry: DeviceEntry
  keys: AndroidKeys
  context: DriverContext
  phone: AdbPhone
  /** The entry's own. */
  app: AppFile | undefined
  chromedrivers: Chromedrivers | undefined
  /** Lets go of what was taken for this phone. */
  release: () => Promise<void>
}

/** One phone, from the host's start to its end, over all its comings and goings. */
export class AndroidPhone implements PreparedDevice {
  readonly udid: string
  readonly sessions: SessionCapability = {
    capabilities: extra => this.#capabilities(extra),
    completeCapabilities: capabilities => this.#completeCapabilities(capabilities),
    verifyIdentity: session => this.#verifyIdentity(session),
    check: session => this.#checkSession(session),
    reset: (session, policy, signal) => this.#reset(session, policy, signal),
    // The commands of a reset have limits that add up to less.
    resetTimeoutMs: 480_000,
    forceClose: () => this.#forceClose(),
  }
  readonly health: HealthCapability = {
    check: () => this.#checkHealth(),
    // The UiAutomator2 driver installs its own apps then.
    watchOpening: open => this.#watchdog.guard(open),
  }
  readonly reservation: ReservationCapability = {
    reserve: servers => this.#reserve(servers),
    release: () => this.#release(),
  }
  readonly apps: AppCapability = {
    use: app => this.#useApp(app),
    startRefusal: (app, reason) => this.#apps.startRefusal(app, reason),
    causedFault: (fault, session) => this.#causedFault(fault, session),
  }
  readonly artifacts: ArtifactCapability = {
    collect: (session, directory) =>
      collectArtifacts({ phone: this.parts.phone, log: this.#log, app: this.#app }, session, directory),
  }
  readonly recording: RecordingCapability = { start: directory => this.#recorder.start(directory) }
  labels: readonly string[] = []
  readonly #log: LogcatRecorder
  readonly #monitor: PhoneMonitor
  readonly #reversedPorts: ReversedPorts
  readonly #forwards: SessionForwards
  readonly #limits
  /** A session was open on it since it was attached. */
  #warm = false
  #disposed = false
  #orientation: string | undefined
  /** Id of the session that was seen to be this phone's. */
  #verifiedSession: string | undefined
  #app: string | undefined
  /** A module has it, or had it last. */
  #taken = false
  #appFile: AppFile | undefined
  /** Of what was abandoned. */
  #cleanup: Promise<unknown> = Promise.resolve()
  readonly #recorder: ScreenRecorder
  readonly #watchdog: PackageManagerWatchdog
  readonly #apps: PhoneApps
  readonly #appReset: AppReset
  readonly #settings: PhoneSettings
  readonly #healthCheck: HealthCheck
  readonly #prepareOptions: PrepareOptions

  constructor(private readonly parts: AndroidPhoneParts) {
    const { phone, context, keys } = parts
    this.udid = phone.udid
    this.#log = new LogcatRecorder(phone, context.workDir)
    this.#recorder = new ScreenRecorder(phone)
    const { limits, prepare } = completeKeys(keys)
    this.#limits = limits
    this.#watchdog = new PackageManagerWatchdog(phone, limits.answerMs)
    this.#apps = new PhoneApps(phone, {
      grantPermissions: keys.grantPermissions ?? false,
      watchdog: this.#watchdog,
    })
    this.#appReset = new AppReset(phone, this.#apps)
    this.#reversedPorts = new ReversedPorts(phone)
    this.#forwards = new SessionForwards(phone)
    this.#prepareOptions = prepare
    this.#settings = new PhoneSettings(phone, prepare)
    this.#healthCheck = new HealthCheck(phone, limits, this.#settings)
    this.#monitor = new PhoneMonitor({
      phone,
      observer: context.observer ?? { lost: () => {}, back: () => {} },
      answerMs: this.#limits.answerMs,
      onAttached: () => this.#attached(),
      onLost: detached => this.#lost(detached),
    })
  }

  /** @throws BatonError BATON_DEVICE_LOST where it is not there and nobody waits for it */
  async start(): Promise<this> {
    await this.#monitor.start()
    if (this.parts.context.observer) return this
    try {
      this.parts.phone.assertAttached()
      return this
    } catch (error) {
      this.#monitor.stop()
      throw error
    }
  }

  #capabilities(extra: Record<string, unknown>): Record<string, unknown> {
    const { phone, chromedrivers } = this.parts
    const { locale } = this.#prepareOptions
    return androidCapabilities(
      { udid: phone.udid, adb: phone.server.address, chromedrivers: chromedrivers?.directory },
      { ...localeCapabilities(locale), ...extra },
    )
  }

  async #useApp(app: AppFile | undefined): Promise<Record<string, unknown>> {
    this.#appFile = app ?? this.parts.app
    if (!this.#appFile) return {}
    const apk = await this.#apps.ensureInstalled(this.#appFile).catch((error: unknown) => {
      // The next look is a thorough one.
      this.#healthCheck.invalidate()
      throw error
    })
    return {
      'appium:appPackage': apk.package,
      ...(apk.activity !== undefined && { 'appium:appActivity': apk.activity }),
      [appHash]: this.#appFile.hash,
    }
  }

  async #completeCapabilities({
    [appHash]: _hash,
    ...capabilities
  }: Record<string, unknown>): Promise<Record<string, unknown>> {
    await this.#appReset.finish(this.#appFile)
    // What comes late would end what the new session has.
    await this.#cleanup
    const warm = this.#warm
    // Should it fail, the next look is a thorough one.
    this.#healthCheck.invalidate()
    // Until this one is open: whatever it fails over, the next one leaves nothing out.
    this.#warm = false
    const complete: Record<string, unknown> = {
      ...(await sessionPorts()),
      ...(warm && preparedPhoneCapabilities),
      ...capabilities,
    }
    await this.#forwards.sessionOpening([complete['appium:systemPort'], complete['appium:mjpegServerPort']])
    return complete
  }

  async #checkHealth(): Promise<void> {
    const { phone } = this.parts
    if (this.#disposed) throw phone.lostError('is no longer served')
    phone.assertAttached()
    if (!this.#monitor.isUsable) throw phone.lostError(`does not answer a shell within ${this.#limits.answerMs} ms`)
    if (this.#healthCheck.isRecent) {
      await phone.shell('echo', this.#limits.answerMs)
      return
    }
    // It was too slow as it was attached: the farm has it without its labels.
    if (this.labels.length === 0) {
      await this.#attached()
      this.parts.context.observer?.back('it has said what it is')
    }
    await this.#healthCheck.run()
  }

  async #reserve(servers: readonly string[]): Promise<void> {
    this.#taken = true
    this.#log.clear()
    // Its reader may have ended by itself: the phone's own logcat can be killed.
    if (this.parts.context.observer) this.#log.start()
    await this.#reversedPorts.reverse(servers)
    this.#monitor.setInUse(true)
  }

  #release(): void {
    const { reset = 'app' } = this.parts.entry
    if (this.#taken && reset !== 'none' && reset !== 'session') this.#appReset.markDirty(this.#app)
    this.#taken = false
    this.#monitor.setInUse(false)
  }

  async #verifyIdentity(session: HostSession): Promise<void> {
    await verifySessionPhone(this.parts.phone, session.capabilities)
    if (this.#verifiedSession !== session.id) await this.#begin(session)
  }

  async #checkSession(session: HostSession): Promise<void> {
    const { phone } = this.parts
    phone.assertAttached()
    await session.command('GET', '/orientation').catch((cause: unknown) => {
      const why = errorMessage(cause)
      throw phone.lostError(`has a session that does not answer: ${why}`, undefined, cause)
    })
  }

  async #causedFault(fault: string, session: HostSession): Promise<boolean> {
    if (!mayBeLostWebview(fault)) return false
    return this.#checkSession(session).then(
      () => true,
      () => false,
    )
  }

  async #reset(
    session: HostSession,
    policy: Exclude<ResetPolicy, 'none' | 'session'>,
    signal: AbortSignal,
  ): Promise<void> {
    const wentWell = this.#healthCheck.invalidate()
    const renewal = this.#appReset.reset({ app: appUnderTest(session), file: this.#appFile, policy, signal })
    // Both come to their end, whatever becomes of the other.
    const outcomes = await Promise.allSettled([renewal, resetSession(session, this.#orientation)])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    wentWell()
  }

  /**
   * A ChromeDriver that waits for a page that hangs would hold up the end of its session, for minutes; and an Appium server
   * that was killed ends no forward.
   */
  #forceClose(): void {
    this.#cleanup = Promise.allSettled([this.#cleanup, this.#endSession()])
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#monitor.stop()
    this.#log.stop()
    await this.#reversedPorts.removeAll()
    await this.#endSession().catch(() => {})
    // One that is only looked at may be another process's just now.
    if (this.parts.context.observer && this.#monitor.isUsable) await this.#settings.restore().catch(() => {})
    await this.parts.release()
  }

  /**
   * By force: the ChromeDrivers of a session that did not end in order, and the ports that led to the phone. Where adb does not
   * have the phone, these are gone too; to ask for them would start a server that was killed.
   */
  async #endSession(): Promise<void> {
    const { phone, chromedrivers } = this.parts
    await chromedrivers?.killAll()
    if (phone.server.state(phone.udid) !== undefined) await this.#forwards.removeLast()
  }

  async #attached(): Promise<void> {
    const { phone, context } = this.parts
    if (context.observer) {
      this.#log.start()
      await this.#forwards.removeStale()
    }
    this.labels = labelsFromProperties(await phone.properties())
  }

  #lost(detached: boolean): void {
    this.#warm = false
    this.#healthCheck.phoneLost()
    if (detached) this.#reversedPorts.clear()
  }

  /** A new session: the first one tells what later ones are put back to. */
  async #begin(session: HostSession): Promise<void> {
    this.#app = appUnderTest(session)?.package
    if (this.#orientation === undefined) {
      this.#orientation = z.string().parse(await session.command('GET', '/orientation'))
    } else await resetOrientation(session, this.#orientation)
    this.#verifiedSession = session.id
    this.#warm = true
  }
}
