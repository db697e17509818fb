import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { codes, type ErrorCode } from '../../error/codes.js'
import { failOnSilence } from '../../process/request-heartbeat.js'
import { insideCommand } from '../module-context.js'
import type { RoleSession } from '../worker-messages.js'
import { networkReplySchema, type NetworkCommand, type NetworkReply } from './network-command.js'

const failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})
/** Milliseconds in addition to what a command may wait for by itself. */
const answerMs = 10_000

/**
 * Sends a command to the host of a role's device, through its gateway.
 * @throws BatonError as the host threw it; BATON_DEVICE_LOST if it does not answer
 */
export async function sendNetworkCommand(session: RoleSession, command: NetworkCommand): Promise<NetworkReply> {
  const waitMs = 'timeoutMs' in command ? command.timeoutMs : 0
  const { status, text } = await insideCommand.run(true, async () => post(session, command, waitMs + answerMs))
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  if (status === 200) return networkReplySchema.parse(body)
  const { error } = failure.parse(body)
  throw new BatonError(isErrorCode(error.code) ? error.code : 'BATON_INTERNAL', error.message, {
    device: session.device.name,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}

async function post(
  { device, gateway, headers }: RoleSession,
  command: NetworkCommand,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  const content = JSON.stringify({ device: device.name, command })
  const { hostname, port, protocol } = gateway
  // A connection of its own: a kept one would outlive the module.
  const options = {
    method: 'POST',
    host: hostname,
    port,
    path: '/baton/network',
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) },
  } as const
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      const message = `the host of ${device.name} does not answer '${command.do}' for its network`
      reject(new BatonError('BATON_DEVICE_LOST', message, { device: device.name, cause }))
    }
    const request = (protocol === 'https' ? requestHttps : requestHttp)(options)
    failOnSilence(request)
    request.once('error', fail)
    request.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', fail)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    request.end(content)
  })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(codes, code)
}
