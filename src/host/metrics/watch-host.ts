import type { Redis } from 'ioredis'
import { withTimeout } from '../../process/deadline.js'
import type { FarmView } from './host-metrics.js'
import { MetricsServer } from './metrics-server.js'

export interface MetricsOptions {
  address: string
  port: number
}

export interface WatchedHost extends FarmView {
  redis: Pick<Redis, 'ping'>
  /** Whether it takes modules. */
  isServing: () => boolean
  /** Whether its Appium server runs; undefined if it needs none. */
  hasAppium: () => boolean | undefined
}

const pingTimeoutMs = 2_000

/**
 * Starts the metrics and health checks of a host.
 * @returns their URL, and what stops them
 */
export async function watchHost(
  host: WatchedHost,
  options: MetricsOptions,
): Promise<{ url: string; stop: () => Promise<void> }> {
  // Loaded only on hosts that serve metrics.
  const { HostMetrics } = await import('./host-metrics.js')
  const metrics = new HostMetrics(host)
  const server = await MetricsServer.start({
    ...options,
    metrics: async () => metrics.text(),
    problems: async () => problemsOf(host),
  })
  const stop = async (): Promise<void> => {
    metrics.close()
    await server.close()
  }
  return { url: server.url, stop }
}

async function problemsOf({ redis, isServing, hasAppium }: WatchedHost): Promise<string[]> {
  const answers = await withTimeout(redis.ping(), pingTimeoutMs, () => undefined).catch(() => undefined)
  return [
    ...(answers === undefined ? ['Redis does not answer'] : []),
    ...(isServing() ? [] : ['the host takes no modules: it is starting or stopping']),
    ...(hasAppium() === false ? ['Appium does not run'] : []),
  ]
}
