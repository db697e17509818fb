import type { IncomingMessage, ServerOptions } from 'node:http'
import type { TlsOptions } from 'node:tls'
import { heartbeatMs } from '../../process/request-heartbeat.js'
import type { GatewayTls } from './gateway-certificate.js'

/** What clients of a gateway may take, those without a token too. */
export interface ConnectionLimits {
  /** Further connections are closed at once. */
  maxConnections: number
  /** Milliseconds from a connection, or from the first byte of a request, until its headers are complete. */
  headersMs: number
  /** Milliseconds in which at least a part of a body must arrive. */
  bodyPauseMs: number
  /** Milliseconds until a request is complete: an upload over a slow network may take long. */
  requestMs: number
  /** Milliseconds between two heartbeats to a client that waits for a response. */
  heartbeatMs: number
}

export const defaultLimits: ConnectionLimits = {
  maxConnections: 4_000,
  headersMs: 10_000,
  bodyPauseMs: 30_000,
  requestMs: 600_000,
  heartbeatMs,
}

const keepAliveTimeout = 75_000

export function serverOptions(limits: Partial<ConnectionLimits> = {}): ServerOptions {
  const { headersMs, requestMs } = { ...defaultLimits, ...limits }
  const connectionsCheckingInterval = Math.min(2_000, headersMs / 2)
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval,
    keepAliveTimeout,
    noDelay: true,
  }
}

export function tlsOptions({ cert, key }: GatewayTls, limits: Partial<ConnectionLimits> = {}): TlsOptions {
  return { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersMs ?? defaultLimits.headersMs }
}

/** Closes the connection of a request whose body makes a long pause. The time until the response is not limited. */
export function limitBodyPause(request: IncomingMessage, limits: Partial<ConnectionLimits> = {}): void {
  const { socket } = request
  socket.setTimeout(limits.bodyPauseMs ?? defaultLimits.bodyPauseMs)
  const cut = (): void => void socket.destroy()
  socket.once('timeout', cut)
  request.once('end', () => {
    socket.setTimeout(0)
    socket.off('timeout', cut)
  })
}
