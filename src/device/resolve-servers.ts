import type { WebdriverOptions } from './device-entry.js'
import type { FarmConfig } from './farm-config.js'
import { fillServers } from './references.js'

/**
 * The configuration once the run's servers have started: `${server:NAME}` in `baseUrl` and `env` becomes the URL.
 * @param urls - server name → base URL
 */
export function resolveServers(config: FarmConfig, urls: Readonly<Record<string, string>>): FarmConfig {
  const set = Object.entries(config.env.set).map(([name, value]) => [name, fillServers(value, urls)] as const)
  return {
    ...config,
    webdriver: resolveBaseUrl(config.webdriver, urls),
    devices: config.devices.map(device => ({ ...device, webdriver: resolveBaseUrl(device.webdriver, urls) })),
    env: { ...config.env, set: Object.fromEntries(set) },
  }
}

/** Like `resolveServers`, for the options of one device. Hosts use it, because they serve many runs. */
export function resolveBaseUrl(options: WebdriverOptions, urls: Readonly<Record<string, string>>): WebdriverOptions {
  return options.baseUrl === undefined ? options : { ...options, baseUrl: fillServers(options.baseUrl, urls) }
}
