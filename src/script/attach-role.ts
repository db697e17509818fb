import { remote } from 'webdriverio'
import { defaults } from '../device/defaults.js'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { fixMatcherTimes } from './matcher-defaults.js'
import { forgetMocks } from './mocks.js'
import { scopeStorage, type AttachedRole } from './module-context.js'
import { abortElementWaitsOnStop } from './abort-on-stop.js'
import { restoreImplicitWaits, type RoleOptions } from './automation-protocol.js'
import { disconnectPuppeteer } from './project-puppeteer.js'
import type { RoleSession } from './worker-messages.js'

/** WebdriverIO's options, unless devices.json sets them. */
const optionDefaults = {
  waitforTimeout: defaults.waitforTimeoutMs,
  // A repeated command could act on the device twice. The host decides what to retry.
  connectionRetryCount: 0,
  logLevel: 'error',
} as const

const automationProtocol = new URL('./automation-protocol.js', import.meta.url).href

/**
 * Attaches to a session that the host has opened.
 * @param inspect - allows `browser.debug()`
 * @throws BatonError BATON_SESSION_LOST if that fails
 */
export async function attachRole(session: RoleSession, inspect: boolean): Promise<AttachedRole> {
  const capabilities = ownCapabilities(session)
  const { gateway, webdriver } = session
  const roleOptions: RoleOptions = {
    batonRole: session.role,
    batonInspect: inspect,
    batonSession: { id: session.session.id, capabilities },
  }
  const options = {
    ...optionDefaults,
    ...webdriver,
    ...roleOptions,
    automationProtocol,
    protocol: gateway.protocol,
    hostname: gateway.hostname,
    port: gateway.port,
    path: gateway.path,
    headers: session.headers,
    capabilities: { ...(session.session.requested ?? capabilities) },
  }
  try {
    // Outside any scope: what WebdriverIO does later on events of a socket belongs to no test.
    const browser = await scopeStorage.run(undefined, () => remote(options))
    abortElementWaitsOnStop(browser)
    fixMatcherTimes(browser)
    if (capabilities.webSocketUrl && !browser.isBidi) warnAboutBidi(session)
    return { session, browser }
  } catch (error) {
    throw new BatonError(
      'BATON_SESSION_LOST',
      `can't attach to the session of '${session.role}': ${errorMessage(error)}`,
      { device: session.device.name, cause: error },
    )
  }
}

/**
 * Detaches from a session and leaves it open. WebdriverIO frees its session managers on the event of `deleteSession`; the
 * event alone sends nothing. (Never emit `result`: it would make WebdriverIO reject the session's id in this process.)
 */
export function detachRole({ browser }: AttachedRole): void {
  disconnectPuppeteer(browser)
  forgetMocks(browser)
  try {
    browser.emit('command', { command: 'deleteSession', method: 'DELETE', endpoint: '/session/:sessionId', body: {} })
  } catch {
    // A listener of the module threw; those of WebdriverIO came first.
  }
  browser.removeAllListeners()
  ;(browser as { _bidiHandler?: { close(): void } })._bidiHandler?.close()
  restoreImplicitWaits()
}

/** WebdriverIO continues without BiDi; this warning explains why `browser.mock` fails. */
function warnAboutBidi({ role }: RoleSession): void {
  console.warn(`The BiDi connection to '${role}' was refused: browser.mock(), console events and the like won't work.`)
}

/** Returns the session's capabilities, with its BiDi address routed through the gateway, or without BiDi if it has none. */
function ownCapabilities({ session, gateway }: RoleSession): WebdriverIO.Capabilities {
  const { webSocketUrl, ...capabilities } = session.capabilities
  if (typeof webSocketUrl !== 'string') return capabilities
  const url = new URL(webSocketUrl)
  url.protocol = gateway.protocol === 'https' ? 'wss:' : 'ws:'
  url.hostname = gateway.hostname
  url.port = String(gateway.port)
  return { ...capabilities, webSocketUrl: url.href as unknown as boolean }
}
