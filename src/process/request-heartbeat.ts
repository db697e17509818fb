import type { ClientRequest, ServerResponse } from 'node:http'

/**
 * A network can swallow a connection: it passes nothing on, but closes nothing either. So while a gateway works on a request, it
 * sends `102 Processing` as a heartbeat, and a client that gets none for some seconds gives the connection up.
 */

// In a worker, a module may replace the clock and the timers.
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

/** Milliseconds between two heartbeats. */
export const heartbeatMs = 1_000
/** Milliseconds of silence after which a client gives up a connection. */
export const maxSilenceMs = 5_000

/** Sends heartbeats until the response starts, or its connection closes. */
export function sendHeartbeats(response: ServerResponse, intervalMs = heartbeatMs): void {
  const timer = setInterval(() => {
    if (response.headersSent) clearInterval(timer)
    else response.writeProcessing()
  }, intervalMs)
  timer.unref()
  response.once('close', () => clearInterval(timer))
}

/** Destroys a request, with an error, if its server is silent for too long. */
export function failOnSilence(request: ClientRequest, silenceMs = maxSilenceMs): void {
  let startedAt = now()
  const restart = (): void => {
    startedAt = now()
    timer.refresh()
  }
  const timer = setTimeout(() => {
    // If this process was suspended or busy, the heartbeats may have arrived, but nobody has read them yet.
    const isLate = now() - startedAt > 1.2 * silenceMs
    if (isLate) restart()
    else request.destroy(new Error(`no sign of life for ${silenceMs} ms`))
  }, silenceMs)
  request.on('information', restart)
  request.once('response', response => response.on('data', restart))
  request.once('close', () => clearTimeout(timer))
}
