import { startServers, type RunningServers } from '../run/servers.js'
import type { FarmStatus } from '../run/warm-farm/control-protocol.js'
import type { RunSetup } from './run-setup.js'
import { warn } from './secrets.js'

/**
 * Starts the servers that devices.json names. They end with the run.
 * @param kept - those that a warm farm has started already
 */
export async function startRunServers(
  { settings, cleanups, stop, starting }: RunSetup,
  kept: FarmStatus['servers'] = [],
): Promise<RunningServers> {
  const stopped = AbortSignal.any([stop.signal, starting.signal])
  const context = { environment: process.env, onLost: warn, stopped }
  const names = new Set(kept.map(({ name }) => name))
  const entries = Object.entries(settings.servers).filter(([name]) => !names.has(name))
  const servers = await startServers(Object.fromEntries(entries), context)
  cleanups.add(() => servers.stop())
  const urls = { ...servers.urls, ...Object.fromEntries(kept.map(({ name, url }) => [name, url])) }
  return { ...servers, urls }
}

/** Servers that a warm farm may have: only a run uses them, because an exploration resets its servers. */
export function mayKeepServers({ settings, explore }: RunSetup): boolean {
  return !explore && Object.values(settings.servers).some(({ keep }) => keep)
}
