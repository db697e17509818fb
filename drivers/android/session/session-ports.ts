import { controlPorts, freePort } from '../../../src/process/free-port.js'
import { LruMap } from '../../../src/process/lru-map.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone, Forward } from '../adb/adb-phone.js'

/**
 * Capabilities that fix a port of this machine. Baton picks a system port and ports of ChromeDrivers for each session. If
 * the MJPEG port is left out, none is forwarded. If two phones fix the same port, the
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
export async function sessionPorts(): Promise<Record<string, unknown>> {
  return {
    'appium:systemPort': await unusedPort(),
    'appium:webviewDevtoolsPort': await unusedPort(),
    'appium:chromedriverPorts': await chromedriverPorts(),
  }
}

/** Enough for the webviews of most apps; others take any port of the range. */
const likelyChromedrivers = 4

/** A ChromeDriver obeys everyone: its port must not be one that a page of an emulated browser can reach. */
async function chromedriverPorts(): Promise<(number | [number, number])[]> {
  const likely = await Promise.all(Array.from({ length: likelyChromedrivers }, async () => freePort(controlPorts)))
  return [...likely, [controlPorts.from, controlPorts.to - 1]]
}

/**
 * A free port that was not used recently. The UiAutomator2 driver removes the forward of a session whose phone has left some
 * time later, and would then cut off a new session with the same port.
 */
async function unusedPort(): Promise<number> {
  for (;;) {
    const port = await freePort(controlPorts)
    if (recent.has(port)) continue
    recent.set(port, true)
    recent.evict()
    return port
  }
}
