import { join } from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { withTimeout } from './deadline.js'
import { makeSocketDirectory } from './owned-directory.js'
import { spawnOwned, type OwnedProcess, type ProcessEnd } from './spawn-owned.js'

/** A Redis server that belongs to this process and is reached through a Unix socket. */
export interface PrivateRedis {
  readonly socketPath: string
  readonly pid: number
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<ProcessEnd>
  stop(): Promise<void>
}

export interface PrivateRedisOptions {
  /** Default: `redis-server`, from the PATH. */
  program?: string
  /** Milliseconds until the server must be ready; default 10,000. */
  timeoutMs?: number
  /** The folder that gets the folder of its socket; absolute. Default: the system's folder for temporary files. */
  parent?: string
}

const socketName = 'redis.sock'
const readyLine = 'eady to accept connections'

/**
 * Starts a Redis server without persistence on a Unix socket.
 * @throws BatonError BATON_TOOL_MISSING if redis-server is not installed; BATON_REDIS if it does not start
 */
export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const directory = await makeSocketDirectory('redis', socketName, options.parent)
  try {
    const socketPath = join(directory.path, socketName)
    const redis = await spawnReady(options.program ?? 'redis-server', socketPath, options.timeoutMs ?? 10_000)
    return {
      socketPath,
      pid: redis.pid,
      exited: redis.exited,
      async stop() {
        await redis.stop()
        await directory.remove()
      },
    }
  } catch (error) {
    await directory.remove()
    throw error
  }
}

async function spawnReady(program: string, socketPath: string, timeoutMs: number): Promise<OwnedProcess> {
  let markReady = () => {}
  const ready = new Promise<'ready'>(resolve => (markReady = () => resolve('ready')))
  // `--port 0`: no TCP. `--save ''` and no append-only file: nothing is stored on disk.
  const args = [
    '--port',
    '0',
    '--unixsocket',
    socketPath,
    '--unixsocketperm',
    '700',
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const redis = await spawnOwned(program, [...args, '--daemonize', 'no', '--loglevel', 'notice'], {
    onLine: line => {
      if (line.includes(readyLine)) markReady()
    },
  }).catch((error: unknown) => {
    throw toolMissing(program, error)
  })
  const outcome = await withTimeout(Promise.race([ready, redis.exited]), timeoutMs, () => 'late' as const)
  if (outcome === 'ready') return redis
  await redis.stop(0)
  const how =
    outcome === 'late' ? `was not ready after ${timeoutMs} ms` : `ended with ${outcome.code ?? outcome.signal}`
  throw new BatonError('BATON_REDIS', `${program} ${how}; its last output:\n${redis.tail()}`)
}

function toolMissing(program: string, cause: unknown): BatonError {
  return new BatonError('BATON_TOOL_MISSING', `${program} could not be started: ${String(cause)}`, {
    hint: 'install Redis (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`), or use a running one with --redis URL',
    cause,
  })
}
