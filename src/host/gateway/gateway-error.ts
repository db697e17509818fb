import type { ServerResponse } from 'node:http'
import { publishActivity } from '../../event/host-activity.js'

/** An error that the gateway itself responds with; `error` and `status` are the W3C's. */
export interface GatewayError {
  status: number
  error: string
  message: string
}

/** For the script, its session is gone, whether the lease, the device or the session is the reason. */
function invalidSession(message: string): GatewayError {
  return { status: 404, error: 'invalid session id', message }
}

export const leaseLost: GatewayError = invalidSession('BATON_LEASE_LOST: this lease no longer uses the device')
export const noValidLease: GatewayError = invalidSession('BATON_LEASE_LOST: the request has no valid lease token')
export const noSuchSession: GatewayError = invalidSession('BATON_SESSION_LOST: no device of this host has this session')

export const sessionEnded: GatewayError = invalidSession(
  'BATON_SESSION_ENDED: the script ended this session with deleteSession(); browser.reloadSession() opens another one',
)

export const sessionOwned: GatewayError = {
  status: 500,
  error: 'unsupported operation',
  message:
    'BATON_SESSION_OWNED: sessions belong to the host; use the one that the module has, or browser.reloadSession()',
}

/** Responds as a WebDriver server does to an error (W3C WebDriver, section 6.6). */
export function sendError(response: ServerResponse, refusal: GatewayError): void {
  countRefusal(refusal, 'http')
  const { status, error, message } = refusal
  sendJson(response, status, { value: { error, message, stacktrace: '' } })
}

/** Responds without having read the body, and closes the connection: for clients that have proved nothing. */
export function refuseRequest(response: ServerResponse, error: GatewayError): void {
  response.setHeader('connection', 'close')
  sendError(response, error)
}

/** For metrics: a lease that is over or unknown. */
export function countRefusal(refusal: GatewayError, protocol: 'http' | 'control'): void {
  if (refusal === leaseLost || refusal === noValidLease) publishActivity('lease-refused', { protocol })
}

export function sendJson(response: ServerResponse, status: number, content: unknown): void {
  const body = JSON.stringify(content)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-cache',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
