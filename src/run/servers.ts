import { setTimeout as delay } from 'node:timers/promises'
import type { ServerEntry } from '../device/farm-config.js'
import { BatonError, combineErrors } from '../error/baton-error.js'
import { spawnOwned, type OwnedProcess } from '../process/spawn-owned.js'
import { freePort } from '../process/free-port.js'
import { withTimeout } from '../process/deadline.js'

/** The servers of a run, ready: name → base URL. */
export interface RunningServers {
  readonly urls: Record<string, string>
  stop(): Promise<void>
}

/** How long a server may take to end. */
const stopMs = 2_000
/** An HTTP server can't tell that it listens; it is asked again after this long. */
const pollIntervalMs = 50

export interface ServersContext {
  environment: Record<string, string | undefined>
  /** Told of a server that ended by itself after it was ready. */
  onLost: (text: string) => void
  /** Aborted where the run is stopped before they are ready. */
  stopped: AbortSignal
}

/**
 * Starts the servers that devices.json names, all at once, each on a free loopback port.
 * @throws BatonErrors BATON_SERVER_FAILED with each server's last lines, after the others were stopped
 */
export async function startServers(
  entries: Record<string, ServerEntry>,
  { environment, onLost, stopped }: ServersContext,
): Promise<RunningServers> {
  const started: OwnedProcess[] = []
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    await Promise.all(started.map(server => server.stop(stopMs)))
  }
  const results = await Promise.allSettled(
    Object.entries(entries).map(async ([name, entry]) => {
      const { url, server } = await startServer(name, entry, {
        environment,
        stopped,
        register: server => started.push(server),
      })
      void server.exited.then(end => {
        if (!stopping)
          onLost(`server '${name}' ended with ${end.code ?? end.signal}; its last lines:\n${server.tail()}`)
      })
      return [name, url] as const
    }),
  )
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length > 0) {
    await stop()
    throw combineErrors(failures)
  }
  const urls = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  return { urls: Object.fromEntries(urls), stop }
}

interface ServerStart extends Pick<ServersContext, 'environment' | 'stopped'> {
  register: (server: OwnedProcess) => void
}

async function startServer(
  name: string,
  entry: ServerEntry,
  { environment, stopped, register }: ServerStart,
): Promise<{ url: string; server: OwnedProcess }> {
  stopped.throwIfAborted()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let sayReady = (): void => {}
  const printed = new Promise<void>(resolve => (sayReady = resolve))
  const server = await spawnOwned('/bin/sh', ['-c', entry.command], {
    cwd: entry.cwd,
    env: { ...environment, ...entry.env, PORT: String(port) },
    onLine: line => {
      if (!entry.ready.startsWith('/') && line.includes(entry.ready)) sayReady()
    },
  }).catch((cause: unknown) => {
    const why = `could not be started in ${entry.cwd}: ${String(cause)}`
    throw new BatonError('BATON_SERVER_FAILED', `server '${name}' (${entry.command}) ${why}`, {
      hint: 'is its "cwd" a folder? It is taken relative to devices.json',
      cause,
    })
  })
  register(server)
  const over = new AbortController()
  const end = (): void => void server.stop(stopMs)
  stopped.addEventListener('abort', end, { signal: over.signal })
  if (stopped.aborted) end()
  const ready = entry.ready.startsWith('/') ? answers(new URL(entry.ready, url), over.signal) : printed
  const readyOrExited = Promise.race([ready.then(() => 'ready' as const), server.exited])
  const outcome = await withTimeout(readyOrExited, entry.timeoutMs, () => 'late' as const)
  over.abort()
  stopped.throwIfAborted()
  if (outcome === 'ready') return { url, server }
  const how =
    outcome === 'late'
      ? `did not become ready within ${entry.timeoutMs} ms (ready: ${JSON.stringify(entry.ready)})`
      : `ended with ${outcome.code ?? outcome.signal} before it was ready`
  throw new BatonError(
    'BATON_SERVER_FAILED',
    `server '${name}' (${entry.command}) ${how}; its last lines:\n${server.tail()}`,
    {
      hint: entry.ready.startsWith('/')
        ? `it has to listen on 127.0.0.1 at the port that PORT in its environment names, and answer ${entry.ready} with a 2xx`
        : `it has to print ${JSON.stringify(entry.ready)} in one line once it listens, on 127.0.0.1 at the port that PORT in its environment names`,
    },
  )
}

async function answers(url: URL, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const ok = await fetch(url, { signal }).then(
      async response => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    )
    if (ok) return
    await delay(pollIntervalMs, undefined, { signal }).catch(() => {})
  }
}
