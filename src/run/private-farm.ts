import { BatonError } from '../error/baton-error.js'
import { startPrivateRedis } from '../process/private-redis.js'
import { spawnOwned, type OwnedProcess } from '../process/spawn-owned.js'

/** A Redis and a host for one run; the host is a process like that of any farm. */
export interface PrivateFarm {
  readonly redisUrl: string
  /** Rejects with a BatonError with the host's last lines if it fails to start, or with the reason of `stop`. */
  readonly ready: Promise<void>
  /** Resolves when the farm can no longer serve: its Redis ended, or its host ended too often. */
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
  /** Gets what the host logs before it serves, e.g. that a phone belongs to another farm; nothing once the farm is being stopped. */
  onHostMessage: (line: string) => void
  /** True under the debugger, which needs the terminal. */
  sharesTerminal: boolean
  /** Aborted if the farm is no longer needed before it is ready. */
  stop: AbortSignal
  /** The folder for the folder of its socket; default: the system's folder for temporary files. */
  socketParent?: string
}

/** Prefix of each line that a host logs. */
export const hostLinePrefix = 'baton host: '

/** The line that a host prints once its devices are registered. */
export const hostReadyLine = `${hostLinePrefix}ready`

/** The name of its host. */
export const privateHostName = 'local'

/** How long a host may take to close its sessions, in milliseconds. */
const hostStopMs = 8_000
/** How often a host that ends by itself is restarted. */
const maxRestarts = 3

/**
 * Starts a private Redis and a host, and restarts the host if it is killed, so that its modules continue.
 * @returns once the host is starting
 * @throws BatonError if Redis can't be started; the reason of `stop` if that was aborted
 */
export async function startPrivateFarm(options: PrivateFarmOptions): Promise<PrivateFarm> {
  const { socketParent: parent } = options
  const redis = await startPrivateRedis({ ...(parent !== undefined && { parent }) })
  const redisUrl = `unix://${redis.socketPath}`
  let host: StartingHost
  const stopping = new AbortController()
  // Its end is expected then.
  const onHostMessage = (line: string): void => {
    if (!options.stop.aborted && !stopping.signal.aborted) options.onHostMessage(line)
  }
  try {
    host = await startHost({ ...options, onHostMessage }, redisUrl, options.stop)
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
        host = await startHost({ ...options, onHostMessage }, redisUrl, stopping.signal)
        await host.ready
      } catch (error) {
        return error instanceof BatonError ? error : new BatonError('BATON_HOST_LOST', String(error))
      }
    }
  }
  const serving = keepServing()
  // `ready` rejects too.
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
  /** Rejects if it does not serve; the rejection may be ignored. */
  ready: Promise<void>
}

async function startHost(options: PrivateFarmOptions, redisUrl: string, stop: AbortSignal): Promise<StartingHost> {
  stop.throwIfAborted()
  const [program, ...args] = options.hostCommand
  let isReady = false
  let reportReady = (): void => {}
  const printed = new Promise<'ready'>(resolve => (reportReady = () => resolve('ready')))
  const child = await spawnOwned(program, [...args, '--redis', redisUrl], {
    cwd: options.cwd,
    env: options.env,
    logFile: options.logFile,
    sharesTerminal: options.sharesTerminal,
    onLine: line => {
      if (line === hostReadyLine) {
        isReady = true
        reportReady()
      } else if (!isReady && line.startsWith(hostLinePrefix)) options.onHostMessage(line)
    },
  })
  const ready = becomesReady(child, printed, stop)
  ready.catch(() => {})
  return { child, ready }
}

async function becomesReady(child: OwnedProcess, printed: Promise<'ready'>, stop: AbortSignal): Promise<void> {
  const end = (): void => void child.stop(hostStopMs)
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  const outcome = await Promise.race([printed, child.exited])
  stop.removeEventListener('abort', end)
  if (outcome === 'ready') return
  stop.throwIfAborted()
  throw hostEnded(child, outcome.code ?? outcome.signal)
}

/** Exit code of the command line for a faulty configuration, tool or device. */
const refusedExitCode = 2

function hostEnded(host: OwnedProcess, how: number | NodeJS.Signals | null): BatonError {
  if (how === refusedExitCode) {
    return new BatonError('BATON_HOST_REFUSED', `the host of this run failed to start:\n${host.tail()}`)
  }
  return new BatonError('BATON_HOST_LOST', `the host of this run ended with ${how}; its last lines:\n${host.tail()}`)
}
