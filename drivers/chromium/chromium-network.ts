import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { NetworkPath } from '../../src/device/driver/driver.js'
import type { ChromiumKeys } from './chromium-keys.js'

const ownProxy = /^--(proxy-server|proxy-pac-url|proxy-auto-detect|no-proxy-server)\b/

/**
 * Switches that send all traffic of a browser to a proxy on this machine, also what goes to this machine itself. Addresses
 * of pages stay, so all devices have the same origins.
 */
export function proxyArgs(port: number | undefined): string[] {
  return port === undefined ? [] : [`--proxy-server=http://127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>']
}

/** How a browser gets its traffic to the proxy of the host. A proxy in devices.json is the user's own choice. */
export function networkPath({ appium, capabilities }: DeviceEntry, { args = [] }: ChromiumKeys): NetworkPath {
  if (appium) return { unavailable: 'its Appium server may start it on another machine' }
  const options = capabilities['goog:chromeOptions'] as { args?: unknown } | undefined
  const declared: unknown[] = Array.isArray(options?.args) ? options.args : []
  const own = [...args, ...declared.map(String)].find(arg => ownProxy.test(arg))
  if (own !== undefined) return { unavailable: `${own} in devices.json sets another proxy` }
  if (capabilities['proxy'] !== undefined) return { unavailable: 'its capability "proxy" sets another proxy' }
  return { via: 'proxy' }
}
