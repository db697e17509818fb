import { randomUUID } from 'node:crypto'
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ServerEntry } from '../../device/farm-config.js'
import { cleanUpRun } from '../../lease/forget-run.js'
import { unlessAborted } from '../../process/deadline.js'
import { makeIgnoredDirectory } from '../../process/ignored-directory.js'
import { makeSocketDirectory } from '../../process/owned-directory.js'
import { ownIdentity } from '../../process/process-identity.js'
import { tryLock } from '../../process/process-lock.js'
import { connectFarm, type FarmConnection } from '../farm-connection.js'
import { startPrivateFarm, type PrivateFarm, type PrivateFarmOptions } from '../private-farm.js'
import { startServers, type RunningServers } from '../servers.js'
import { ControlServer, type FarmDetails } from './control-server.js'
import type { FarmFacts } from './farm-facts.js'
import { farmPaths, removeFarmRecord, writeFarmRecord, type FarmPaths } from './farm-record.js'

export interface ServeFarmOptions extends Omit<
  PrivateFarmOptions,
  'cwd' | 'logFile' | 'sharesTerminal' | 'socketParent'
> {
  /** The project: absolute, without symbolic links. */
  directory: string
  facts: FarmFacts
  /** What it has that only one farm at a time can have. */
  exclusive: readonly string[]
  /** Milliseconds without a user after which it ends. */
  idleMs: number
  /** Those that stay with it. */
  servers: Record<string, ServerEntry>
  /** Called once it serves. */
  onReady: () => void
  /** Aborted to end it at once, even if it is in use. */
  stop: AbortSignal
  log: (line: string) => void
}

const socketName = 'control.sock'

/**
 * Serves a warm farm until it ends.
 * @returns `taken` if another process starts, serves or ends the one of this project; `ended` after all of it is gone
 * @throws BatonError if the farm or a server does not start; the reason of `stop` if that was aborted before it serves
 */
export async function serveFarm(options: ServeFarmOptions): Promise<'taken' | 'ended'> {
  const paths = farmPaths(options.directory)
  await makeIgnoredDirectory(paths.folder)
  const attempt = await tryLock(paths.lock)
  if ('owner' in attempt) return 'taken'
  try {
    await removeLeftovers(paths)
    await startLog(paths)
    const folder = await makeSocketDirectory('farm', socketName, paths.folder)
    try {
      await startAndServe(options, paths, path.join(folder.path, socketName))
    } finally {
      await folder.remove()
    }
  } finally {
    await attempt.lock.release()
  }
  return 'ended'
}

/** Of a farm that was killed together with its reaper, or whose machine lost power. */
async function removeLeftovers({ folder, record }: FarmPaths): Promise<void> {
  const name = path.basename(record)
  const left = (await readdir(folder)).filter(
    each => /^baton-(?:farm|redis)-[0-9a-f]{12}$/.test(each) || each.startsWith(name),
  )
  await Promise.all(left.map(each => rm(path.join(folder, each), { recursive: true, force: true })))
}

/** Copies the previous log instead of renaming it, because this process already writes to the file. */
async function startLog({ log, previousLog }: FarmPaths): Promise<void> {
  await copyFile(log, previousLog)
  await writeFile(log, '')
}

async function startAndServe(options: ServeFarmOptions, paths: FarmPaths, socket: string): Promise<void> {
  const { directory, servers, env, stop } = options
  const farm = await startPrivateFarm({
    ...options,
    cwd: directory,
    logFile: paths.log,
    socketParent: paths.folder,
    sharesTerminal: false,
  })
  try {
    const faults: string[] = []
    const onLost = (text: string): void => void faults.push(text.split(';')[0] ?? text)
    const kept = await startServers(servers, { environment: { ...env }, onLost, stopped: stop })
    try {
      await farm.ready
      const connection = await connectFarm(farm.redisUrl)
      try {
        await serve({ options, paths, socket, farm, connection, kept, faults })
      } finally {
        connection.close()
      }
    } finally {
      await kept.stop()
    }
  } finally {
    await farm.stop()
  }
}

interface ServingFarm {
  options: ServeFarmOptions
  paths: FarmPaths
  socket: string
  farm: PrivateFarm
  connection: FarmConnection
  kept: RunningServers
  /** Gets a text for each server that has ended. */
  faults: readonly string[]
}

async function serve({ options, paths, socket, farm, connection, kept, faults }: ServingFarm): Promise<void> {
  const { directory, facts, exclusive, idleMs, stop, log } = options
  let end = (_reason: string): void => {}
  const ended = new Promise<string>(resolve => (end = resolve))
  const control = await ControlServer.start({
    socket,
    idleMs,
    details: async () => detailsOf(connection, kept, faults),
    onUserGone: run => void cleanUpAfter(connection, run).catch((error: unknown) => log(String(error))),
    onEnd: end,
  })
  const id = randomUUID()
  const since = new Date().toISOString()
  const identity = await ownIdentity()
  try {
    const { redisUrl } = farm
    await writeFarmRecord(paths, {
      id,
      ...identity,
      directory,
      since,
      idleMs,
      socket,
      redisUrl,
      exclusive: [...exclusive],
      facts,
    })
    log(`ready (process ${process.pid})`)
    options.onReady()
    const lost = farm.lost.then(error => error.format())
    log(`ending: ${await unlessAborted(Promise.race([ended, lost]), stop).catch(String)}`)
  } finally {
    // First, so that nobody finds a farm that is ending.
    await removeFarmRecord(paths, id)
    control.close()
  }
}

async function detailsOf(
  { registry }: FarmConnection,
  { urls }: RunningServers,
  serverFaults: readonly string[],
): Promise<FarmDetails> {
  const devices = (await registry.listDevices()).map(({ name, state, reason }) => ({ name, state, reason }))
  const unfit = devices.filter(({ state }) => state === 'offline' || state === 'quarantined')
  const servers = Object.entries(urls).map(([name, url]) => ({ name, url }))
  return {
    devices,
    servers,
    faults: [...unfit.map(({ name, state }) => `device ${name} is ${state}`), ...serverFaults],
  }
}

/** What a command that was killed left in Redis would block devices for a minute. */
async function cleanUpAfter({ redis, runs }: FarmConnection, run: string): Promise<void> {
  const known = await redis.zrange(runs.scripts.key('runs'), '0', '-1')
  for (const id of known) {
    if (id === run || id.startsWith(`${run}-`))
      await cleanUpRun(runs, id, 'the process that started the run has vanished')
  }
}
