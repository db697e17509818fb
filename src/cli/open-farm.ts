import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaults } from '../device/defaults.js'
import { makeReportDirectory } from '../report/report-directory.js'
import type { FarmConnection } from '../run/farm-connection.js'
import { privateHostName, startPrivateFarm } from '../run/private-farm.js'
import type { FarmStatus } from '../run/warm-farm/control-protocol.js'
import { farmPaths } from '../run/warm-farm/farm-record.js'
import { isCi } from './build-run-options.js'
import type { Cleanups } from './cleanups.js'
import type { RunSettings } from './run-settings.js'
import { shown } from './secrets.js'

const mainFile = fileURLToPath(new URL('./main.js', import.meta.url))

export interface OpenFarmOptions {
  /** The id of the run. */
  run: string
  settings: RunSettings
  cleanups: Cleanups
  /** File for the output of the private host. */
  hostLog: string
  /** Aborted if the run is stopped before the farm is ready. */
  stop: AbortSignal
}

export interface OpenFarm {
  farm: FarmConnection
  /** Servers that a warm farm keeps. */
  servers?: FarmStatus['servers']
  /** Resolves when the farm can no longer serve. */
  farmLost: Promise<Error>
}

/**
 * Opens the shared farm, the warm one of this project, or a private one: the same programs, on a Redis that ends with the run.
 * @returns once a private farm is starting: what waits until the farm serves, and connects to it
 */
export async function openFarm(opening: OpenFarmOptions): Promise<() => Promise<OpenFarm>> {
  const { settings, cleanups } = opening
  const { redisUrl } = settings
  if (redisUrl !== undefined) {
    return async () => {
      const farm = await connectTo(redisUrl, cleanups)
      reportConnectionLoss(farm)
      // Redis may come back; if it doesn't, the heartbeat of the run fails.
      return { farm, farmLost: new Promise<Error>(() => {}) }
    }
  }
  if (!mayBeWarm(settings)) return openPrivateFarm(opening)
  const opened = openWarmFarm(opening)
  // The caller waits for it later.
  opened.catch(() => {})
  return () => opened
}

/** Whether this project has a warm farm, or gets one. In CI, nobody would end it. */
function mayBeWarm({ keepWarm, own }: RunSettings): boolean {
  if (isCi() || !own) return false
  const { record, lock } = farmPaths(process.cwd())
  return keepWarm.starts || existsSync(record) || existsSync(lock)
}

async function openWarmFarm(opening: OpenFarmOptions): Promise<OpenFarm> {
  const { joinWarmFarm } = await import('./farm/join-farm.js')
  const joined = await joinWarmFarm(opening)
  if (!joined) return (await openPrivateFarm(opening))()
  opening.cleanups.add(() => joined.leave())
  const { lost: farmLost, servers, redisUrl } = joined
  return { farm: await connectTo(redisUrl, opening.cleanups), farmLost, servers }
}

async function openPrivateFarm({
  settings,
  cleanups,
  hostLog,
  stop,
}: OpenFarmOptions): Promise<() => Promise<OpenFarm>> {
  stop.throwIfAborted()
  const file = devicesFile(settings)
  await makeReportDirectory(path.dirname(hostLog))
  const own = await startPrivateFarm({
    hostCommand: privateHostCommand(file, settings.headed),
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

/** @param file - the devices.json */
export function privateHostCommand(file: string, headed: boolean): [string, ...string[]] {
  // Bounded also if a service manager runs this process: a private Redis that has ended does not come back.
  const options = ['--drain-timeout', '0', '--give-up-after', String(defaults.giveUpAfterMs)]
  const shows = headed ? ['--headed'] : []
  return [process.execPath, mainFile, 'host', '--devices', file, '--name', privateHostName, ...shows, ...options]
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
