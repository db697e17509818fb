import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { countRefusal, leaseLost, noSuchSession, noValidLease, sendJson, type GatewayError } from './gateway-error.js'
import type { LeaseId } from './gateway-token.js'

/** A request of a lead host about a remote device. */
interface ControlRequest {
  device: string
  /** Verified for that device. */
  lease: LeaseId
  /** `device`, and what the action takes; the action itself parses that. */
  body: Record<string, unknown>
}

/** Performs one action; what it returns is the response, as JSON. */
export type ControlAction = (request: ControlRequest) => Promise<unknown>

const maxBytes = 4 * 1024 * 1024
const bodySchema = z.looseObject({ device: z.string() })

export interface ControlAccess {
  /** As named in the request's headers. */
  device: string
  /** The lease of the request, if its token is genuine for that device and action. */
  lease: LeaseId | undefined
  /** Undefined if this host does not have the device. */
  admits: (device: string, lease: LeaseId) => Promise<boolean> | undefined
}

/** Handles `POST /baton/<action>`. The body is read only once the lease is known to be the device's. */
export async function handleControl(
  request: IncomingMessage,
  response: ServerResponse,
  action: ControlAction | undefined,
  { device, lease, admits }: ControlAccess,
): Promise<void> {
  try {
    if (lease === undefined) return refuseControl(response, noValidLease)
    const admitted = admits(device, lease)
    if (!action || !admitted) return refuseControl(response, noSuchSession)
    if (!(await admitted)) return refuseControl(response, leaseLost)
    const body = bodySchema.parse(JSON.parse(await readBody(request)))
    if (body.device !== device) return refuseControl(response, noValidLease)
    sendJson(response, 200, (await action({ device, lease, body })) ?? {})
  } catch (error) {
    const { code, message, hint } =
      error instanceof BatonError ? error : { code: 'BATON_INTERNAL', message: String(error), hint: undefined }
    sendJson(response, 500, { error: { code, message, hint } })
  }
}

function refuseControl(response: ServerResponse, error: GatewayError): void {
  response.setHeader('connection', 'close')
  sendControlError(response, error)
}

function sendControlError(response: ServerResponse, refusal: GatewayError): void {
  countRefusal(refusal, 'control')
  const { status, message: text } = refusal
  const [code = 'BATON_INTERNAL', message = text] = text.split(/: (.*)/s)
  sendJson(response, status, { error: { code, message } })
}

/** @throws BatonError if it is too large */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new BatonError('BATON_INTERNAL', `a control request of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
