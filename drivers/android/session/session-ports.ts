import { freePort } from '../../../src/process/free-port.js'
import { LruMap } from '../../../src/process/lru-map.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone, Forward } from '../adb/adb-phone.js'

/**
 * What can fix a port of this machine. Of these, a session has a system port at least, and Baton picks it. Left out, no
 * MJPEG port is forwarded at all, and each ChromeDriver gets a port that is free as it starts. Fixed for two phones, the
 * second one's forward takes the port from the first, and its ChromeDriver is started after the first one's was killed:
 * that is how the UiAutomator2 driver does it.
 */
export const portCapabilities = [
  'appium:systemPort',
  'appium:mjpegServerPort',
  'appium:chromedriverPort',
  'appium:chromedriverPorts',
] as const

/** Where the UiAutomator2 server listens on every phone: for commands, and for whoever watches the screen. */
const remotes = { systemPort: 'tcp:6790', mjpegServerPort: 'tcp:7810' } as const
export const sessionRemotePorts: readonly string[] = Object.values(remotes)

/**
 * Sees that a session drives its phone. What it says is what it was asked for; where its ports lead, adb knows.
 * @param capabilities - as Appium returned them
 * @throws BatonError BATON_SESSION_LOST where it drives another one
 */
export async function verifySessionPhone(
  phone: AdbPhone,
  capabilities: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { deviceUDID: claimed } = capabilities
  const astray = misroutedPort(capabilities, await phone.listForwards())
  const isOther = claimed !== phone.udid
  if (!isOther && astray === undefined) return
  const found = isOther ? `it says '${String(claimed)}'` : `its ${astray} leads to another phone`
  throw new BatonError('BATON_SESSION_LOST', `the session of ${phone.device} does not drive ${phone.udid}: ${found}`, {
    device: phone.device,
    hint: `remove 'appium:${isOther ? 'udid' : astray}' from its capabilities: each phone needs one of its own`,
  })
}

/** The first port of a session that does not lead to its phone. */
function misroutedPort(
  capabilities: Readonly<Record<string, unknown>>,
  forwards: readonly Forward[],
): keyof typeof remotes | undefined {
  return (['systemPort', 'mjpegServerPort'] as const).find(name => {
    const port = capabilities[name]
    if (port === undefined) return name === 'systemPort'
    return !forwards.some(({ local, remote }) => local === `tcp:${Number(port)}` && remote === remotes[name])
  })
}

/** Enough for the last openings of many phones. */
const maxRecent = 1_000
const recent = new LruMap<number, true>(maxRecent)

/**
 * The ports that a session has of its own. To look at webviews the UiAutomator2 driver forwards the first free port from the
 * latter on; left out, every Appium server begins at 10900, and two of them that look at a time see the same phone's.
 */
export async function sessionPorts(): Promise<Record<'appium:systemPort' | 'appium:webviewDevtoolsPort', number>> {
  return { 'appium:systemPort': await unusedPort(), 'appium:webviewDevtoolsPort': await unusedPort() }
}

/**
 * A port that leads to a phone for one session. Never one that was given lately: the UiAutomator2 driver ends the forward of
 * a session whose phone has left only when it notices, and would then cut off whoever has the port by that time.
 */
async function unusedPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (recent.has(port)) continue
    recent.set(port, true)
    recent.evict()
    return port
  }
}
