import { z } from 'zod'
import type { AppFile, DriverContext, HostSession, PreparedDevice } from '../../src/device/driver.js'
import type { DeviceEntry, ResetPolicy } from '../../src/device/device-entry.js'
import type { BatonError } from '../../src/error/baton-error.js'
import type { AdbPhone } from './adb-phone.js'
import { androidCapabilities, localeCapabilities, warmCapabilities } from './android-capabilities.js'
import { collectArtifacts } from './android-collect.js'
import type { Chromedrivers } from './chromedrivers.js'
import { completeKeys, type AndroidKeys, type Preparation } from './android-keys.js'
import { appOf, resetOrientation, resetSession } from './android-reset.js'
import { AppRenewal } from './app-renewal.js'
import { LogcatWindow } from './logcat-window.js'
import { PhoneExamination } from './phone-examination.js'
import { readProperties } from './phone-facts.js'
import { kindOf, labelsOfKind } from './phone-labels.js'
import { PackageManagerWatch } from './package-manager-watch.js'
import { PhoneApps } from './phone-apps.js'
import { PhonePreparation } from './phone-preparation.js'
import { PhoneTunnels } from './phone-tunnels.js'
import { requireOwnPhone, sessionPorts } from './android-ports.js'
import { tellsOfWebview } from './phone-webviews.js'
import { PhoneWatch } from './phone-watch.js'
import { SessionForwards } from './session-forwards.js'
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
  /** The commands of a reset have limits of their own, which add up to less. */
  readonly resetTimeoutMs = 480_000
  labels: readonly string[] = []
  readonly #log: LogcatWindow
  readonly #watch: PhoneWatch
  readonly #tunnels: PhoneTunnels
  readonly #forwards: SessionForwards
  readonly #limits
  /** A session was open on it since it was attached. */
  #warm = false
  #disposed = false
  #orientation: string | undefined
  /** Id of the session that was seen to be this phone's. */
  #verified: string | undefined
  #app: string | undefined
  /** A module has it, or had it last. */
  #taken = false
  #file: AppFile | undefined
  /** Of what was abandoned. */
  #ending: Promise<unknown> = Promise.resolve()
  readonly #recorder: ScreenRecorder
  readonly #packages: PackageManagerWatch
  readonly #apps: PhoneApps
  readonly #renewal: AppRenewal
  readonly #preparation: PhonePreparation
  readonly #examination: PhoneExamination
  readonly #preparationKeys: Preparation

  constructor(private readonly parts: AndroidPhoneParts) {
    const { phone, context, keys } = parts
    this.udid = phone.udid
    this.#log = new LogcatWindow(phone, context.workDir)
    this.#recorder = new ScreenRecorder(phone)
    const { limits, preparation } = completeKeys(keys)
    this.#limits = limits
    this.#packages = new PackageManagerWatch(phone, limits.answerMs)
    this.#apps = new PhoneApps(phone, {
      grantPermissions: keys.grantPermissions ?? false,
      packages: this.#packages,
    })
    this.#renewal = new AppRenewal(phone, this.#apps)
    this.#tunnels = new PhoneTunnels(phone)
    this.#forwards = new SessionForwards(phone)
    this.#preparationKeys = preparation
    this.#preparation = new PhonePreparation(phone, preparation)
    this.#examination = new PhoneExamination(phone, limits, this.#preparation)
    this.#watch = new PhoneWatch({
      phone,
      observer: context.observer ?? { lost: () => {}, back: () => {} },
      answerMs: this.#limits.answerMs,
      onAttached: () => this.#attached(),
      onLost: detached => this.#lost(detached),
    })
  }

  /** @throws BatonError BATON_DEVICE_LOST where it is not there and nobody waits for it */
  async start(): Promise<this> {
    await this.#watch.start()
    if (this.parts.context.observer) return this
    try {
      this.parts.phone.requireAttached()
      return this
    } catch (error) {
      this.#watch.stop()
      throw error
    }
  }

  capabilities(extra: Record<string, unknown>): Record<string, unknown> {
    const { phone, chromedrivers } = this.parts
    const { locale } = this.#preparationKeys
    return androidCapabilities(
      { udid: phone.udid, adb: phone.server.address, chromedrivers: chromedrivers?.directory },
      { ...localeCapabilities(locale), ...extra },
    )
  }

  async useApp(app: AppFile | undefined): Promise<Record<string, unknown>> {
    this.#file = app ?? this.parts.app
    if (!this.#file) return {}
    const apk = await this.#apps.ensure(this.#file).catch((error: unknown) => {
      // The next look is a thorough one.
      this.#examination.doubt()
      throw error
    })
    return {
      'appium:appPackage': apk.package,
      ...(apk.activity !== undefined && { 'appium:appActivity': apk.activity }),
      [appHash]: this.#file.hash,
    }
  }

  async refusalToStart(app: AppFile, why: string): Promise<BatonError | undefined> {
    return this.#apps.refusalToStart(app, why)
  }

  async completeCapabilities({
    [appHash]: _hash,
    ...capabilities
  }: Record<string, unknown>): Promise<Record<string, unknown>> {
    await this.#renewal.catchUp(this.#file)
    // What comes late would end what the new session has.
    await this.#ending
    const warm = this.#warm
    // Should it fail, the next look is a thorough one.
    this.#examination.doubt()
    // Until this one is open: whatever it fails over, the next one leaves nothing out.
    this.#warm = false
    const complete: Record<string, unknown> = {
      ...(await sessionPorts()),
      ...(warm && warmCapabilities),
      ...capabilities,
    }
    await this.#forwards.begin([complete['appium:systemPort'], complete['appium:mjpegServerPort']])
    return complete
  }

  async examine(): Promise<void> {
    const { phone } = this.parts
    if (this.#disposed) throw phone.lost('is no longer served')
    phone.requireAttached()
    if (!this.#watch.usable) throw phone.lost(`does not answer a shell within ${this.#limits.answerMs} ms`)
    if (this.#examination.isRecent) {
      await phone.shell('echo', this.#limits.answerMs)
      return
    }
    // It was too slow as it was attached: the farm has it without its labels.
    if (this.labels.length === 0) {
      await this.#attached()
      this.parts.context.observer?.back('it has said what it is')
    }
    await this.#examination.examine()
  }

  async taken(servers: readonly string[]): Promise<void> {
    this.#taken = true
    this.#log.begin()
    // Its reader may have ended by itself: the phone's own logcat can be killed.
    if (this.parts.context.observer) this.#log.start()
    await this.#tunnels.lead(servers)
    this.#watch.use(true)
  }

  returned(): void {
    const { reset = 'app' } = this.parts.entry
    if (this.#taken && reset !== 'none' && reset !== 'session') this.#renewal.soiled(this.#app)
    this.#taken = false
    this.#watch.use(false)
  }

  /** The UiAutomator2 driver installs its own apps then. */
  async besideOpening<T>(open: (givenUp: AbortSignal) => Promise<T>): Promise<T> {
    return this.#packages.beside(open)
  }

  async verify(session: HostSession): Promise<void> {
    await requireOwnPhone(this.parts.phone, session.capabilities)
    if (this.#verified !== session.id) await this.#begin(session)
  }

  async check(session: HostSession): Promise<void> {
    const { phone } = this.parts
    phone.requireAttached()
    await session.command('GET', '/orientation').catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw phone.lost(`has a session that does not answer: ${why}`, undefined, cause)
    })
  }

  async isOfApp(fault: string, session: HostSession): Promise<boolean> {
    if (!tellsOfWebview(fault)) return false
    return this.check(session).then(
      () => true,
      () => false,
    )
  }

  async reset(
    session: HostSession,
    policy: Exclude<ResetPolicy, 'none' | 'session'>,
    signal: AbortSignal,
  ): Promise<void> {
    const wentWell = this.#examination.doubt()
    const renewal = this.#renewal.renew({ app: appOf(session), file: this.#file, policy, signal })
    // Both come to their end, whatever becomes of the other.
    const outcomes = await Promise.allSettled([renewal, resetSession(session, this.#orientation)])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    wentWell()
  }

  async collect(session: HostSession, directory: string) {
    return collectArtifacts({ phone: this.parts.phone, log: this.#log, app: this.#app }, session, directory)
  }

  async collectAlone(directory: string) {
    return collectArtifacts({ phone: this.parts.phone, log: this.#log, app: this.#app }, undefined, directory)
  }

  record(directory: string) {
    return this.#recorder.record(directory)
  }

  /**
   * A ChromeDriver that waits for a page that hangs would hold up the end of its session, for minutes; and an Appium server
   * that was killed ends no forward.
   */
  abandon(): void {
    this.#ending = Promise.allSettled([this.#ending, this.#endSession()])
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#watch.stop()
    this.#log.stop()
    await this.#tunnels.close()
    await this.#endSession().catch(() => {})
    // One that is only looked at may be another process's just now.
    if (this.parts.context.observer && this.#watch.usable) await this.#preparation.restore().catch(() => {})
    await this.parts.release()
  }

  /**
   * By force: the ChromeDrivers of a session that did not end in order, and the ports that led to the phone. Where adb does not
   * have the phone, these are gone too; to ask for them would start a server that was killed.
   */
  async #endSession(): Promise<void> {
    const { phone, chromedrivers } = this.parts
    await chromedrivers?.end()
    if (phone.server.state(phone.udid) !== undefined) await this.#forwards.end()
  }

  async #attached(): Promise<void> {
    const { phone, context } = this.parts
    if (context.observer) {
      this.#log.start()
      await this.#forwards.endForeign()
    }
    this.labels = labelsOfKind(kindOf(readProperties(await phone.shell('getprop'))))
  }

  #lost(detached: boolean): void {
    this.#warm = false
    this.#examination.lost()
    if (detached) this.#tunnels.forget()
  }

  /** A new session: the first one tells what later ones are put back to. */
  async #begin(session: HostSession): Promise<void> {
    this.#app = appOf(session)?.package
    if (this.#orientation === undefined) {
      this.#orientation = z.string().parse(await session.command('GET', '/orientation'))
    } else await resetOrientation(session, this.#orientation)
    this.#verified = session.id
    this.#warm = true
  }
}
