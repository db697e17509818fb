import { BatonError } from '../error/baton-error.js'
import { startPrivateRedis } from '../process/private-redis.js'
import { spawnOwned, type OwnedProcess } from '../process/spawn-owned.js'

/** A Redis and a host of this run's own; the host is a process like any other of a farm. */
export interface PrivateFarm {
  readonly redisUrl: string
  /** Rejects with a BatonError that has the host's last lines where it refuses to start, or as `stop` says. */
  readonly ready: Promise<void>
  /** Resolves when the farm can serve no longer: its Redis ended, or its host did, once too often. */
  readonly lost: Promise<BatonError>
  stop(): Promise<void>
}

export interface PrivateFarmOptions {
  /** Program and arguments that serve as a host; `--redis URL` is added. */
  hostCommand: readonly [program: string, ...args: string[]]
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** The host's output is kept there. */
  logFile: string
  /** Told what the host says before it serves: a phone that another farm has, for one. */
  onHostMessage: (line: string) => void
  /** A module under the debugger talks to whoever sits at the terminal. */
  sharesTerminal: boolean
  /** Aborted where the farm is no longer wanted before it stands. */
  stop: AbortSignal
}

/** Begins each line that a host prints of its own accord. */
export const hostLinePrefix = 'baton host: '

/** What a host prints, alone on a line, once its devices are registered. */
export const hostReadyLine = `${hostLinePrefix}ready`

/** How long a host may take to close its sessions, in milliseconds. */
const hostStopMs = 8_000
/** A host that ends by itself is started again this often. */
const maxRestarts = 3

/**
 * Starts a private Redis and a host, and the host again where it is killed: its modules go on.
 * @returns once the host is starting
 * @throws BatonError where there is no Redis; the reason of `stop` where that was aborted
 */
export async function startPrivateFarm(options: PrivateFarmOptions): Promise<PrivateFarm> {
  const redis = await startPrivateRedis()
  const redisUrl = `unix://${redis.socketPath}`
  let host: StartingHost
  const stopping = new AbortController()
  try {
    host = await startHost(options, redisUrl, options.stop)
  } catch (error) {
    await redis.stop()
    throw error
  }
  const ready = host.ready
  const keepServing = async (): Promise<BatonError> => {
    await ready
    for (let restarts = 0; ; restarts++) {
      const end = await host.child.exited
      if (stopping.signal.aborted || restarts === maxRestarts) return hostEnded(host.child, end.code ?? end.signal)
      try {
        host = await startHost(options, redisUrl, stopping.signal)
        await host.ready
      } catch (error) {
        return error instanceof BatonError ? error : new BatonError('BATON_HOST_LOST', String(error))
      }
    }
  }
  const serving = keepServing()
  // told by `ready`
  serving.catch(() => {})
  const redisEnded = redis.exited.then(() => new BatonError('BATON_REDIS', 'the private Redis of this run ended'))
  const lost = Promise.race([serving, redisEnded])
  lost.catch(() => {})
  return {
    redisUrl,
    ready,
    lost,
    async stop() {
      stopping.abort()
      await host.child.stop(hostStopMs)
      await serving.catch(() => {})
      await redis.stop()
    },
  }
}

interface StartingHost {
  child: OwnedProcess
  /** Rejects with why it does not serve; nobody has to look. */
  ready: Promise<void>
}

async function startHost(options: PrivateFarmOptions, redisUrl: string, stop: AbortSignal): Promise<StartingHost> {
  stop.throwIfAborted()
  const [program, ...args] = options.hostCommand
  let isReady = false
  let sayReady = (): void => {}
  const said = new Promise<'ready'>(resolve => (sayReady = () => resolve('ready')))
  const child = await spawnOwned(program, [...args, '--redis', redisUrl], {
    cwd: options.cwd,
    env: options.env,
    logFile: options.logFile,
    sharesTerminal: options.sharesTerminal,
    onLine: line => {
      if (line === hostReadyLine) {
        isReady = true
        sayReady()
      } else if (!isReady && line.startsWith(hostLinePrefix)) options.onHostMessage(line)
    },
  })
  const ready = becomesReady(child, said, stop)
  ready.catch(() => {})
  return { child, ready }
}

async function becomesReady(child: OwnedProcess, said: Promise<'ready'>, stop: AbortSignal): Promise<void> {
  const end = (): void => void child.stop(hostStopMs)
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  const outcome = await Promise.race([said, child.exited])
  stop.removeEventListener('abort', end)
  if (outcome === 'ready') return
  stop.throwIfAborted()
  throw hostEnded(child, outcome.code ?? outcome.signal)
}

/** As the command line ends where a file, a tool or a device is not as it should be. */
const refusedExitCode = 2

function hostEnded(host: OwnedProcess, how: number | NodeJS.Signals | null): BatonError {
  if (how === refusedExitCode) {
    return new BatonError('BATON_HOST_REFUSED', `the host of this run refused to start:\n${host.tail()}`)
  }
  return new BatonError('BATON_HOST_LOST', `the host of this run ended with ${how}; its last lines:\n${host.tail()}`)
}
