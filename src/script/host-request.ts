import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BatonError } from '../error/baton-error.js'
import { failOnSilence } from '../process/request-heartbeat.js'
import { insideCommand } from './module-context.js'
import type { RoleSession } from './worker-messages.js'

export interface HostRequest {
  /** At the gateway of the device's host. */
  path: string
  body: object
  /** Milliseconds. */
  timeoutMs: number
  /** What the host does, for the error if it does not answer. */
  what: string
}

/**
 * Sends a request to the host of a role's device, with the lease of the module.
 * @throws BatonError BATON_DEVICE_LOST if it does not answer
 */
export async function requestHost(
  session: RoleSession,
  { path, body, timeoutMs, what }: HostRequest,
): Promise<{ status: number; text: string }> {
  const { device, gateway, headers } = session
  const content = JSON.stringify(body)
  const { hostname, port, protocol } = gateway
  // A connection of its own: a kept one would outlive the module.
  const options = {
    method: 'POST',
    host: hostname,
    port,
    path,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) },
  } as const
  const post = async (): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        const message = `the host of ${device.name} does not answer ${what}`
        reject(new BatonError('BATON_DEVICE_LOST', message, { device: device.name, cause }))
      }
      const request = (protocol === 'https' ? requestHttps : requestHttp)(options)
      failOnSilence(request)
      request.once('error', fail)
      request.once('response', response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', fail)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
      })
      request.end(content)
    })
  return insideCommand.run(true, post)
}
