import { z } from 'zod'
import type { ResetPolicy } from '../../src/device/device-entry.js'
import { WebDriverError, type HostSession } from '../../src/device/driver/host-session.js'
import type { SessionCapability } from '../../src/device/driver/session-capability.js'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import type { IosKeys } from './ios-keys.js'
import type { WdaClient } from './wda-client.js'

const homeScreen = 'com.apple.springboard'
const activeApp = z.looseObject({ bundleId: z.string() })

export interface IphoneSessionsParts {
  /** The device's name in the farm. */
  device: string
  keys: IosKeys
  wda: WdaClient
}

/** Sessions on one phone: one at a time, for as long as the host runs. */
export class IphoneSessions implements SessionCapability {
  readonly resetTimeoutMs = 60_000
  #lastSession: string | undefined
  /** As the first session found it; later ones are reset to it. */
  #orientation: string | undefined

  constructor(private readonly parts: IphoneSessionsParts) {}

  capabilities(extra: Record<string, unknown>): Record<string, unknown> {
    const { udid, platformVersion } = this.parts.keys
    return {
      platformName: 'iOS',
      'appium:automationName': 'XCUITest',
      'appium:udid': udid,
      'appium:platformVersion': platformVersion,
      'appium:webDriverAgentUrl': this.parts.wda.url,
      // Without usbmuxd, the phone's log can't be read.
      'appium:skipLogCapture': true,
      ...extra,
    }
  }

  async completeCapabilities(capabilities: Record<string, unknown>): Promise<Record<string, unknown>> {
    await this.parts.wda.status()
    return capabilities
  }

  async verifyIdentity(session: HostSession): Promise<void> {
    const { device, keys } = this.parts
    const { udid } = session.capabilities
    if (udid !== undefined && udid !== keys.udid) {
      throw new BatonError(
        'BATON_SESSION_LOST',
        `the session of ${device} drives ${JSON.stringify(udid)}, not ${keys.udid}`,
        {
          device,
          hint: "remove 'appium:udid' from its capabilities",
        },
      )
    }
    if (session.id === this.#lastSession) return
    await this.#startApp(session)
    this.#orientation ??= z.string().parse(await session.command('GET', '/orientation'))
    await this.#resetOrientation(session)
    this.#lastSession = session.id
  }

  async check(session: HostSession): Promise<void> {
    await session.command('GET', '/orientation').catch((cause: unknown) => {
      throw this.parts.wda.lostError(`has a session that does not answer: ${errorMessage(cause)}`, cause)
    })
  }

  async reset(session: HostSession, policy: Exclude<ResetPolicy, 'none' | 'session'>): Promise<void> {
    if (policy !== 'app') throw new BatonError('BATON_INTERNAL', `the iOS driver has no reset '${policy}'`)
    await session.command('POST', '/context', { name: 'NATIVE_APP' })
    await session.command('POST', '/timeouts', { implicit: 0 })
    await this.#startApp(session)
    await this.#resetOrientation(session)
  }

  /** WebDriverAgent belongs to the phone: a new session ends the last one. */
  forceClose(): void {}

  /** Ends the app in front, and starts the app under test on its first screen. */
  async #startApp(session: HostSession): Promise<void> {
    const { bundleId } = this.parts.keys
    const front = activeApp.parse(await mobile(session, 'activeAppInfo', {})).bundleId
    for (const each of new Set([front, bundleId])) {
      if (each !== undefined && each !== homeScreen) await mobile(session, 'terminateApp', { bundleId: each })
    }
    if (bundleId !== undefined) await mobile(session, 'launchApp', { bundleId })
  }

  async #resetOrientation(session: HostSession): Promise<void> {
    const orientation = this.#orientation
    if (orientation === undefined || (await session.command('GET', '/orientation')) === orientation) return
    await session.command('POST', '/orientation', { orientation }).catch((error: unknown) => {
      // An app may fix its own orientation; that is not a leftover of a module.
      if (!(error instanceof WebDriverError)) throw error
    })
  }
}

/** Launching an app may take long on a busy phone. Milliseconds. */
const appMs = 25_000

async function mobile(session: HostSession, name: string, parameters: object): Promise<unknown> {
  return session.command('POST', '/execute/sync', { script: `mobile: ${name}`, args: [parameters] }, appMs)
}
