import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaults } from '../device/defaults.js'
import { makeReportDirectory } from '../report/report-directory.js'
import type { FarmConnection } from '../run/farm-connection.js'
import { privateHostName, startPrivateFarm } from '../run/private-farm.js'
import type { Cleanups } from './cleanups.js'
import type { RunSettings } from './run-settings.js'
import { shown } from './secrets.js'

const mainFile = fileURLToPath(new URL('./main.js', import.meta.url))

export interface OpenFarmOptions {
  settings: RunSettings
  cleanups: Cleanups
  /** File for the output of the private host. */
  hostLog: string
  /** Aborted if the run is stopped before the farm is ready. */
  stop: AbortSignal
}

export interface OpenFarm {
  farm: FarmConnection
  /** Resolves when the farm can no longer serve. */
  farmLost: Promise<Error>
}

/**
 * Opens the shared farm, or a private one: the same programs, on a Redis that ends with the run.
 * @returns once a private farm is starting: what waits until the farm serves, and connects to it
 */
export async function openFarm(opening: OpenFarmOptions): Promise<() => Promise<OpenFarm>> {
  const { settings, cleanups, hostLog, stop } = opening
  const { redisUrl } = settings
  if (redisUrl !== undefined) {
    return async () => {
      const farm = await connectTo(redisUrl, cleanups)
      reportConnectionLoss(farm)
      // Redis may come back; if it doesn't, the heartbeat of the run fails.
      return { farm, farmLost: new Promise<Error>(() => {}) }
    }
  }
  const file = devicesFile(settings)
  await makeReportDirectory(path.dirname(hostLog))
  // Bounded also if a service manager runs this process: a private Redis that has ended does not come back.
  const headed = settings.headed ? ['--headed'] : []
  const options = ['--drain-timeout', '0', '--give-up-after', String(defaults.giveUpAfterMs)]
  const own = await startPrivateFarm({
    hostCommand: [
      process.execPath,
      mainFile,
      'host',
      '--devices',
      file,
      '--name',
      privateHostName,
      ...headed,
      ...options,
    ],
    cwd: process.cwd(),
    // It is not the service if this process is one.
    env: { ...process.env, NOTIFY_SOCKET: undefined },
    logFile: hostLog,
    onHostMessage: line => void process.stderr.write(`${shown(line)}\n`),
    sharesTerminal: settings.inspect,
    stop,
  })
  cleanups.add(() => own.stop())
  return async () => {
    await own.ready
    return { farm: await connectTo(own.redisUrl, cleanups), farmLost: own.lost }
  }
}

async function connectTo(redisUrl: string, cleanups: Cleanups): Promise<FarmConnection> {
  const { connectFarm } = await import('../run/farm-connection.js')
  const farm = await connectFarm(redisUrl, 'run')
  cleanups.add(() => farm.close())
  return farm
}

function reportConnectionLoss({ redis }: FarmConnection): void {
  let away = false
  redis.on('reconnecting', () => {
    if (!away) process.stderr.write('baton: lost the connection to Redis; reconnecting\n')
    away = true
  })
  redis.on('ready', () => {
    if (away) process.stderr.write('baton: reconnected to Redis\n')
    away = false
  })
}

function devicesFile({ own }: RunSettings): string {
  if (!own) throw new Error('expected a Redis URL or a private farm')
  return own.file
}
