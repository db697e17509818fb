import { freePort } from '../../../src/process/free-port.js'
import { LruMap } from '../../../src/process/lru-map.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone, Forward } from '../adb/adb-phone.js'

/**
 * Capabilities that fix a port of this machine. Baton picks a system port for each session. If the others are left out, no MJPEG
 * port is forwarded, and each ChromeDriver takes a port that is free when it starts. If two phones fix the same port, the
 * UiAutomator2 driver gives the first one's forward to the second, or kills the first one's ChromeDriver.
 */
export const portCapabilities = [
  'appium:systemPort',
  'appium:mjpegServerPort',
  'appium:chromedriverPort',
  'appium:chromedriverPorts',
] as const

/** Ports of the UiAutomator2 server on every phone: for commands, and for a stream of the screen. */
const remotes = { systemPort: 'tcp:6790', mjpegServerPort: 'tcp:7810' } as const
export const sessionRemotePorts: readonly string[] = Object.values(remotes)

/**
 * Checks that a session drives its own phone. Its udid only repeats what was requested; adb knows where its ports lead.
 * @param capabilities - as Appium returned them
 * @throws BatonError BATON_SESSION_LOST if it drives another phone
 */
export async function verifySessionPhone(
  phone: AdbPhone,
  capabilities: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { deviceUDID } = capabilities
  const misrouted = misroutedPort(capabilities, await phone.listForwards())
  const isOther = deviceUDID !== phone.udid
  if (!isOther && misrouted === undefined) return
  const found = isOther ? `its udid is '${String(deviceUDID)}'` : `its ${misrouted} leads to another phone`
  throw new BatonError('BATON_SESSION_LOST', `the session of ${phone.device} does not drive ${phone.udid}: ${found}`, {
    device: phone.device,
    hint: `remove 'appium:${isOther ? 'udid' : misrouted}' from its capabilities: each phone needs one of its own`,
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

/** Enough for the last sessions of many phones. */
const maxRecent = 1_000
const recent = new LruMap<number, true>(maxRecent)

/**
 * Ports for one session. To inspect webviews, the UiAutomator2 driver forwards the first free port from `webviewDevtoolsPort`
 * up. By default every Appium server starts at 10900, so that two of them at the same time would see the same phone's webviews.
 */
export async function sessionPorts(): Promise<Record<'appium:systemPort' | 'appium:webviewDevtoolsPort', number>> {
  return { 'appium:systemPort': await unusedPort(), 'appium:webviewDevtoolsPort': await unusedPort() }
}

/**
 * A free port that was not used recently. The UiAutomator2 driver removes the forward of a session whose phone has left some
 * time later, and would then cut off a new session with the same port.
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
