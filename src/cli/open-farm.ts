import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectFarm, type FarmConnection } from '../run/farm-connection.js'
import { startPrivateFarm } from '../run/private-farm.js'
import type { Cleanups } from './cleanups.js'
import type { RunSettings } from './run-settings.js'

const mainFile = fileURLToPath(new URL('./main.js', import.meta.url))

/** Connects to the shared farm, or starts a private one: the same programs, on a Redis that ends with the run. */
export async function openFarm(
  settings: RunSettings,
  cleanups: Cleanups,
  hostLog: string,
): Promise<{ farm: FarmConnection; farmLost: Promise<Error> }> {
  let redisUrl = settings.redisUrl
  let farmLost = new Promise<Error>(() => {})
  if (redisUrl === undefined) {
    const { host, file } = ownFarm(settings)
    await mkdir(path.dirname(hostLog), { recursive: true })
    const own = await startPrivateFarm({
      hostCommand: [process.execPath, mainFile, 'host', '--devices', file, '--name', host],
      cwd: process.cwd(),
      env: process.env,
      logFile: hostLog,
    })
    cleanups.add(() => own.stop())
    redisUrl = own.redisUrl
    farmLost = own.lost
  }
  const farm = await connectFarm(redisUrl)
  cleanups.add(() => farm.close())
  return { farm, farmLost }
}

function ownFarm({ own }: RunSettings): { host: string; file: string } {
  if (!own) throw new Error('a run has a Redis or a farm of its own')
  return { host: 'local', file: own.file }
}
