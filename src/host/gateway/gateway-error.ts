import type { ServerResponse } from 'node:http'

/** Why the gateway itself answers instead of passing a request on; `error` and status are the W3C's. */
export interface GatewayError {
  status: number
  error: string
  message: string
}

/** The lease, the device or the session is not what the sender believes: to the script, its session is gone. */
function invalidSession(message: string): GatewayError {
  return { status: 404, error: 'invalid session id', message }
}

export const leaseLost: GatewayError = invalidSession('BATON_LEASE_LOST: this lease no longer drives the device')
export const noValidLease: GatewayError = invalidSession('BATON_LEASE_LOST: no valid lease token came with the request')
export const noSuchSession: GatewayError = invalidSession('BATON_SESSION_LOST: no device of this host has that session')

export const sessionOwned: GatewayError = {
  status: 500,
  error: 'unsupported operation',
  message: 'BATON_SESSION_OWNED: the host opens and ends sessions; a module uses the one it was given',
}

/** Answers as a WebDriver server answers an error (W3C WebDriver, section 6.6). */
export function sendError(response: ServerResponse, { status, error, message }: GatewayError): void {
  sendJson(response, status, { value: { error, message, stacktrace: '' } })
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
