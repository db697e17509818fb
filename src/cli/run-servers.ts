import { startServers, type RunningServers } from '../run/servers.js'
import type { RunSetup } from './run-setup.js'
import { warn } from './secrets.js'

/** Starts the servers that devices.json names. They end with the run. */
export async function startRunServers({ settings, cleanups, stop, starting }: RunSetup): Promise<RunningServers> {
  const stopped = AbortSignal.any([stop.signal, starting.signal])
  const context = { environment: process.env, onLost: warn, stopped }
  const servers = await startServers(settings.servers, context)
  cleanups.add(() => servers.stop())
  return servers
}
