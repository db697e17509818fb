import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { lastingCommands } from './chromium-lasting-commands.js'

const handlesSchema = z.array(z.string())
const newWindow = z.object({ handle: z.string() })
const rectSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })

/** Position and size of the browser's window on its screen. */
export type WindowRect = z.infer<typeof rectSchema>

/** ChromeDriver's defaults, in milliseconds (W3C WebDriver, section 8.4). */
const timeouts = { implicit: 0, pageLoad: 300_000, script: 30_000 }

/** DevTools takes an origin that is not valid for all of them, also for those that no command named. */
const everyOrigin = { origin: '*', storageTypes: 'all' }

/** Works on every page: an event's data replaces what is selected. */
const clearClipboard = {
  expression: `document.addEventListener('copy', event => {
    event.clipboardData.setData('text/plain', '')
    event.preventDefault()
  }, { once: true })
  document.execCommand('copy')`,
  userGesture: true,
}

/** What a browser had when its session was opened. */
export interface InitialBrowser {
  window: WindowRect | undefined
  /** Whether its clipboard is its own. A browser that is shown shares the user's. */
  ownClipboard: boolean
}

/**
 * Resets a browser within its session: one new tab, no data of any origin, no permissions. Overrides through DevTools
 * (time zone, user agent, metrics, network) end with their tab; ChromeDriver emulates the phone in the new tab again.
 * @throws if a script did what only a new session puts back
 */
export async function resetBrowser(session: HostSession, initial: InitialBrowser): Promise<void> {
  const lasting = lastingCommands(session.usedCommands)
  if (lasting.length > 0) throw new Error(`only a new session undoes ${lasting.join(', ')}`)
  // An open dialog would make every other command fail.
  await dismissDialog(session)
  const old = handlesSchema.parse(await session.command('GET', '/window/handles'))
  const { handle } = newWindow.parse(await session.command('POST', '/window/new', { type: 'tab' }))
  for (const other of old) {
    await session.command('POST', '/window', { handle: other })
    await dismissDialog(session)
    await session.command('DELETE', '/window')
  }
  await session.command('POST', '/window', { handle })
  await Promise.all([
    session.command('DELETE', '/actions'),
    devtools(session, 'Network.clearBrowserCookies'),
    devtools(session, 'Network.clearBrowserCache'),
    devtools(session, 'Browser.resetPermissions'),
    devtools(session, 'Storage.clearDataForOrigin', everyOrigin),
    session.command('POST', '/timeouts', timeouts),
    // ChromeDriver keeps messages until they are read: the next module must not see these.
    clearLog(session, 'browser'),
    clearLog(session, 'driver'),
    resetWindow(session, initial.window),
    // A new tab has no focus, unlike that of a new session.
    devtools(session, 'Page.bringToFront'),
    ...(initial.ownClipboard ? [devtools(session, 'Runtime.evaluate', clearClipboard)] : []),
  ])
}

export async function windowRect(session: HostSession): Promise<WindowRect> {
  return rectSchema.parse(await session.command('GET', '/window/rect'))
}

async function resetWindow(session: HostSession, expected: WindowRect | undefined): Promise<void> {
  if (!expected || isDeepStrictEqual(await windowRect(session), expected)) return
  await session.command('POST', '/window/rect', expected)
  if (!isDeepStrictEqual(await windowRect(session), expected)) throw new Error('the window keeps another size')
}

async function dismissDialog(session: HostSession): Promise<void> {
  await session.command('POST', '/alert/dismiss').catch(() => {})
}

async function clearLog(session: HostSession, type: 'browser' | 'driver'): Promise<void> {
  await session.command('POST', '/se/log', { type }).catch(() => {})
}

async function devtools(session: HostSession, cmd: string, params: object = {}): Promise<void> {
  await session.command('POST', '/goog/cdp/execute', { cmd, params })
}
