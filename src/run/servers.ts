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

/** Deadline for a server to stop, in milliseconds. */
const stopMs = 2_000
/** Milliseconds between requests to a server that is not ready yet. */
const pollIntervalMs = 50

export interface ServersContext {
  environment: Record<string, string | undefined>
  /** Gets a message if a server ends by itself after it was ready. */
  onLost: (text: string) => void
  /** Aborted if the run is stopped before they are ready. */
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
  let reportReady = (): void => {}
  const printed = new Promise<void>(resolve => (reportReady = resolve))
  const server = await spawnOwned('/bin/sh', ['-c', entry.command], {
    cwd: entry.cwd,
    env: { ...environment, ...entry.env, PORT: String(port) },
    onLine: line => {
      if (!entry.ready.startsWith('/') && line.includes(entry.ready)) reportReady()
    },
  }).catch((cause: unknown) => {
    const why = `could not be started in ${entry.cwd}: ${String(cause)}`
    throw new BatonError('BATON_SERVER_FAILED', `server '${name}' (${entry.command}) ${why}`, {
      hint: 'check that its "cwd" is a folder; it is relative to devices.json',
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
        ? `make it listen on 127.0.0.1 at the port in its environment variable PORT, and answer ${entry.ready} with a 2xx status`
        : `make it listen on 127.0.0.1 at the port in its environment variable PORT, and then print ${JSON.stringify(entry.ready)} on one line`,
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
