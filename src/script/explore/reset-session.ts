import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { requestHost } from '../host-request.js'
import type { RoleSession } from '../worker-messages.js'

const answerMs = 10_000
/** Opening a session on a phone can take minutes. */
const renewalMs = 180_000

const resetSchema = z.object({ by: z.enum(['pages', 'host']) })
const renewedSchema = z.object({
  value: z.object({ sessionId: z.string(), capabilities: z.record(z.string(), z.unknown()) }),
})

const message = z.object({ message: z.string() })
/** As WebDriver has it, and as the gateway's own requests have it. */
const failureSchema = z.union([
  z.object({ value: message }).transform(({ value }) => value.message),
  z.object({ error: message }).transform(({ error }) => error.message),
])

/** Whether leaving its pages, and clearing what they have stored, resets the device by its policy. */
export async function isResetByPages(session: RoleSession): Promise<boolean> {
  const body = { device: session.device.name }
  const request = { path: '/baton/reset', body, timeoutMs: answerMs, what: 'the request for its reset policy' }
  const { status, text } = await requestHost(session, request)
  return resetSchema.parse(parsed(session, status, text)).by === 'pages'
}

/**
 * Lets the host reset the device by its policy. What was attached to the session before can't use it any more.
 * @returns the session that the device has now
 * @throws BatonError BATON_DEVICE_LOST if the device can't be reset
 */
export async function renewSession(session: RoleSession): Promise<RoleSession> {
  const { requested = {} } = session.session
  const body = { capabilities: { alwaysMatch: requested, firstMatch: [{}] } }
  const request = { path: '/session', body, timeoutMs: renewalMs, what: 'the request to reset it' }
  const { status, text } = await requestHost(session, request)
  const { sessionId: id, capabilities } = renewedSchema.parse(parsed(session, status, text)).value
  return { ...session, session: { ...session.session, id, capabilities } }
}

function parsed({ device: { name } }: RoleSession, status: number, text: string): unknown {
  if (status === 200) return JSON.parse(text) as unknown
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Not from the gateway.
  }
  const reason = failureSchema.safeParse(body).data ?? text
  throw new BatonError('BATON_DEVICE_LOST', `${name} could not be reset: ${reason}`, { device: name })
}
