import { z } from 'zod'
import type { HostSession } from '../../src/device/driver/host-session.js'

const handles = z.array(z.string())
const newWindow = z.object({ handle: z.string() })

/** ChromeDriver's defaults, in milliseconds (W3C WebDriver, section 8.4). */
const timeouts = { implicit: 0, pageLoad: 300_000, script: 30_000 }

/**
 * Resets a browser within its session: one new tab, no data of visited origins, no permissions. Overrides through DevTools
 * (time zone, user agent, metrics, network) end with their tab; ChromeDriver emulates the phone in the new tab again.
 */
export async function resetBrowser(session: HostSession): Promise<void> {
  // An open dialog would make every other command fail.
  await session.command('POST', '/alert/dismiss').catch(() => {})
  const old = handles.parse(await session.command('GET', '/window/handles'))
  const { handle } = newWindow.parse(await session.command('POST', '/window/new', { type: 'tab' }))
  const origins = new Set(session.visitedOrigins)
  for (const other of old) {
    await session.command('POST', '/window', { handle: other })
    const origin = await originOfWindow(session)
    if (origin !== undefined) origins.add(origin)
    await session.command('DELETE', '/window')
  }
  await session.command('POST', '/window', { handle })
  await Promise.all([
    devtools(session, 'Network.clearBrowserCookies'),
    devtools(session, 'Network.clearBrowserCache'),
    devtools(session, 'Browser.resetPermissions'),
    ...[...origins].map(async origin =>
      devtools(session, 'Storage.clearDataForOrigin', { origin, storageTypes: 'all' }),
    ),
    session.command('POST', '/timeouts', timeouts),
    // ChromeDriver keeps console messages until they are read: the next module's failure must not show these.
    session.command('POST', '/se/log', { type: 'browser' }).catch(() => {}),
  ])
}

/** The origin of a tab, which links or scripts may have changed without a command. */
async function originOfWindow(session: HostSession): Promise<string | undefined> {
  const url = await session.command('GET', '/url').catch(() => undefined)
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { origin } = new URL(url)
  return origin === 'null' ? undefined : origin
}

async function devtools(session: HostSession, cmd: string, params: object = {}): Promise<void> {
  await session.command('POST', '/goog/cdp/execute', { cmd, params })
}
