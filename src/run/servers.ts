import { setTimeout as delay } from 'node:timers/promises'
import type { ServerEntry } from '../device/farm-config.js'
import { BatonError, combineErrors } from '../error/baton-error.js'
import { spawnOwned, type OwnedProcess } from '../process/spawn-owned.js'
import { ownValue } from '../device/references.js'
import { freePort } from '../process/free-port.js'
import { withTimeout } from '../process/deadline.js'
import { openRestartEndpoint } from './restart-endpoint.js'

/** The servers of a run, ready: name → base URL. */
export interface RunningServers {
  readonly urls: Record<string, string>
  /** Server with "reset" → what puts it into its first state, by POST: a path of it, or a URL that restarts it. */
  readonly resets: Record<string, string>
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
  const running = new Map<string, StartedServer>()
  const ends: (() => void)[] = []
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    for (const end of ends) end()
    await Promise.all([...running.values()].map(({ server }) => server.stop(stopMs)))
  }
  const start = async (name: string, entry: ServerEntry, port: number): Promise<void> => {
    const url = `http://127.0.0.1:${port}`
    const register = (server: OwnedProcess): unknown => running.set(name, { url, port, server })
    const server = await startServer(name, entry, { environment, stopped, register, port, url })
    void server.exited.then(end => {
      if (stopping || running.get(name)?.server !== server) return
      onLost(`server '${name}' ended with ${end.code ?? end.signal}; its last lines:\n${server.tail()}`)
    })
  }
  const results = await Promise.allSettled(
    Object.entries(entries).map(async ([name, entry]) => start(name, entry, await freePort())),
  )
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length > 0) {
    await stop()
    throw combineErrors(failures)
  }
  const restart = async (name: string): Promise<void> => {
    const known = running.get(name)
    const entry = ownValue(entries, name)
    if (!known || !entry) throw new Error(`the run has no server '${name}'`)
    running.delete(name)
    await known.server.stop(stopMs)
    if (stopping) return
    await start(name, entry, known.port)
  }
  const resets = await resetsOf(entries, restart, ends)
  return { urls: Object.fromEntries([...running].map(([name, { url }]) => [name, url])), resets, stop }
}

interface StartedServer {
  url: string
  port: number
  server: OwnedProcess
}

/** @param ends - gets what closes the endpoint for restarts, if one is needed */
async function resetsOf(
  entries: Record<string, ServerEntry>,
  restart: (name: string) => Promise<void>,
  ends: (() => void)[],
): Promise<Record<string, string>> {
  const resets = Object.entries(entries).flatMap(([name, { reset }]) => (reset === undefined ? [] : [{ name, reset }]))
  if (resets.every(({ reset }) => reset !== 'restart')) {
    return Object.fromEntries(resets.map(({ name, reset }) => [name, reset]))
  }
  const endpoint = await openRestartEndpoint(restart)
  ends.push(() => endpoint.close())
  return Object.fromEntries(resets.map(({ name, reset }) => [name, reset === 'restart' ? endpoint.urlOf(name) : reset]))
}

interface ServerStart extends Pick<ServersContext, 'environment' | 'stopped'> {
  register: (server: OwnedProcess) => void
  port: number
  /** Where it listens then. */
  url: string
}

async function startServer(
  name: string,
  entry: ServerEntry,
  { environment, stopped, register, port, url }: ServerStart,
): Promise<OwnedProcess> {
  stopped.throwIfAborted()
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
  if (outcome === 'ready') return server
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
