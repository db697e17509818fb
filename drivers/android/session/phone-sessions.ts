import { z } from 'zod'
import type { ResetPolicy } from '../../../src/device/device-entry.js'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import type { SessionCapability } from '../../../src/device/driver/session-capability.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { appUnderTest, currentUser, packageIn } from '../apps/app-commands.js'
import type { AppReset } from '../apps/app-reset.js'
import { withoutAppHash, type SelectedApp } from '../apps/selected-app.js'
import type { FrontWindow } from '../health/front-window.js'
import type { HealthCheck } from '../health/health-check.js'
import {
  androidCapabilities,
  localeCapabilities,
  preparedPhoneCapabilities,
  userCapabilities,
} from './android-capabilities.js'
import type { Chromedrivers } from './chromedrivers.js'
import { SessionForwards } from './session-forwards.js'
import { sessionPorts, verifySessionPhone } from './session-ports.js'
import { checkSession, resetOrientation, resetSession } from './session-commands.js'

export interface PhoneSessionsParts {
  phone: AdbPhone
  /** Absent for a foreign Appium server. */
  chromedrivers: Chromedrivers | undefined
  locale: string | undefined
  apps: SelectedApp
  appReset: AppReset
  healthCheck: HealthCheck
  frontWindow: FrontWindow
}

/** The last session. `verified`: it drives this phone and has been set up. */
interface LastSession {
  state: 'opened' | 'verified'
  id: string
  /** Package of its app. */
  app: string | undefined
}

/**
 * Whether the next session may skip installing and setting up the UiAutomator2 driver's own apps. `prepared` starts with the
 * first session that was verified; any loss of the phone, and any attempt to open a session, ends it.
 */
type Preparation = 'unprepared' | 'prepared'

/** Sessions on one phone: one at a time, for as long as the host runs. */
export class PhoneSessions implements SessionCapability {
  /** The commands of a reset have deadlines that add up to less. */
  readonly resetTimeoutMs = 480_000
  readonly #forwards: SessionForwards
  #preparation: Preparation = 'unprepared'
  #last: LastSession | undefined
  /** As the first session found it; later ones are reset to it. */
  #orientation: string | undefined
  /** The last `forceClose`, which may still be running. */
  #closing: Promise<unknown> = Promise.resolve()

  constructor(private readonly parts: PhoneSessionsParts) {
    this.#forwards = new SessionForwards(parts.phone)
  }

  /** Package of the last session's app. */
  get app(): string | undefined {
    return this.#last?.app
  }

  capabilities(extra: Record<string, unknown>): Record<string, unknown> {
    const { phone, chromedrivers, locale } = this.parts
    return androidCapabilities(
      { udid: phone.udid, adb: phone.server.address, chromedrivers: chromedrivers?.directory },
      { ...localeCapabilities(locale), ...extra },
    )
  }

  async completeCapabilities(capabilities: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { phone, apps, appReset, healthCheck } = this.parts
    const user = await currentUser(phone)
    await appReset.finish({ name: packageIn(capabilities), file: apps.file, user })
    // If it ended later, it would remove what belongs to the new session.
    await this.#closing
    const isPrepared = this.#preparation === 'prepared'
    // Until this session is verified: if it fails to open, the phone is checked in full, and the next one skips nothing.
    healthCheck.invalidate()
    this.#preparation = 'unprepared'
    const complete: Record<string, unknown> = {
      ...(await sessionPorts()),
      ...(isPrepared && preparedPhoneCapabilities),
      ...userCapabilities(user),
      ...withoutAppHash(capabilities),
    }
    await this.#forwards.sessionOpening([complete['appium:systemPort'], complete['appium:mjpegServerPort']])
    return complete
  }

  async verifyIdentity(session: HostSession): Promise<void> {
    const { phone, frontWindow } = this.parts
    await verifySessionPhone(phone, session.capabilities)
    if (this.#last?.state !== 'verified' || this.#last.id !== session.id) await this.#setUp(session)
    await frontWindow.clear(session, this.app)
  }

  async #setUp(session: HostSession): Promise<void> {
    const last = { id: session.id, app: appUnderTest(session)?.package }
    this.#last = { state: 'opened', ...last }
    if (this.#orientation === undefined) {
      this.#orientation = z.string().parse(await session.command('GET', '/orientation'))
    } else await resetOrientation(session, this.#orientation)
    this.#last = { state: 'verified', ...last }
    this.#preparation = 'prepared'
  }

  async check(session: HostSession): Promise<void> {
    await checkSession(this.parts.phone, session)
  }

  async reset(
    session: HostSession,
    policy: Exclude<ResetPolicy, 'none' | 'session'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { apps, appReset, healthCheck } = this.parts
    const restoreHealth = healthCheck.invalidate()
    const outcomes = await Promise.allSettled([
      appReset.reset({ app: appUnderTest(session), file: apps.file, policy, signal }),
      resetSession(session, this.#orientation),
    ])
    // Thrown only when both have ended.
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    restoreHealth()
  }

  /**
   * A ChromeDriver that waits for a hanging page would delay the end of its session by minutes, and a killed Appium server
   * removes no forwards.
   */
  forceClose(): void {
    this.#closing = Promise.allSettled([this.#closing, this.close()])
  }

  /** Kills the ChromeDrivers and removes the forwards of the last session, if it did not do so itself. */
  async close(): Promise<void> {
    const { phone, chromedrivers } = this.parts
    await chromedrivers?.killAll()
    // The forwards of a phone that adb does not have are gone already.
    if (phone.server.state(phone.udid) !== undefined) await this.#forwards.removeLast()
  }

  /** Removes what a killed host has left behind. */
  async removeStale(): Promise<void> {
    await this.#forwards.removeStale()
  }

  phoneLost(): void {
    this.#preparation = 'unprepared'
    this.parts.appReset.phoneLost()
  }
}
