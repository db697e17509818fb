import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { codes, type ErrorCode } from '../../error/codes.js'
import { requestHost } from '../host-request.js'
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
  const { status, text } = await requestHost(session, {
    path: '/baton/network',
    body: { device: session.device.name, command },
    timeoutMs: waitMs + answerMs,
    what: `'${command.do}' for its network`,
  })
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  if (status === 200) return networkReplySchema.parse(body)
  const { error } = failure.parse(body)
  throw new BatonError(isErrorCode(error.code) ? error.code : 'BATON_INTERNAL', error.message, {
    device: session.device.name,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(codes, code)
}
