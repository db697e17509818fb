import { parseRedisUrl } from '../device/redis-url.js'
import type { AppiumSupervisor } from './appium/appium-supervisor.js'
import { parseUpstream } from './appium/appium-upstream.js'
import type { Gateway } from './gateway/gateway.js'

export interface HostPortsOptions {
  redisUrl: string
  env: Readonly<Record<string, string | undefined>>
  gateway: Gateway
  /** The host's own; absent if every device has another one. */
  appium: Pick<AppiumSupervisor, 'url'> | undefined
}

const adbPort = 5037

/** The ports that control the host or its farm: pages on emulated devices must not reach them. */
export async function hostPorts({ redisUrl, env, gateway, appium }: HostPortsOptions): Promise<number[]> {
  const redis = parseRedisUrl(redisUrl)
  const redisPort = 'target' in redis && 'port' in redis.target ? [redis.target.port] : []
  const appiumPort = appium ? [parseUpstream(await appium.url()).port] : []
  const adb = Number(env['ANDROID_ADB_SERVER_PORT']) || adbPort
  return [...new Set([...gateway.ports, ...appiumPort, ...redisPort, adb])]
}
