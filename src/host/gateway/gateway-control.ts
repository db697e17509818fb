import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { leaseLost, noSuchSession, notLeased, sendJson, type Refusal } from './gateway-answer.js'
import type { Lease } from './gateway-token.js'

/** What a lead asks of the host of a deputy. */
interface ControlRequest {
  device: string
  /** The lead's lease, already verified for that device. */
  lease: Lease
  /** The whole body: `device`, and whatever the action takes; to be checked by who carries it out. */
  body: Record<string, unknown>
}

/** Carries one action out; what it returns is the answer, as JSON. */
export type ControlAction = (request: ControlRequest) => Promise<unknown>

const mostBytes = 4 * 1024 * 1024
const bodySchema = z.looseObject({ device: z.string() })

export interface ControlAccess {
  /** The lease that came with the request, where its token is genuine. */
  lease: Lease | undefined
  /** Undefined where this host has no such device. */
  admits: (device: string, lease: Lease) => Promise<boolean> | undefined
}

/** Answers `POST /baton/<action>`. */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  action: ControlAction | undefined,
  { lease, admits }: ControlAccess,
): Promise<void> {
  try {
    const body = bodySchema.parse(JSON.parse(await readBody(request)))
    if (lease === undefined) return sendError(response, notLeased)
    const admitted = admits(body.device, lease)
    if (!action || !admitted) return sendError(response, noSuchSession)
    if (!(await admitted)) return sendError(response, leaseLost)
    sendJson(response, 200, (await action({ device: body.device, lease, body })) ?? {})
  } catch (error) {
    const { code, message, hint } =
      error instanceof BatonError ? error : { code: 'BATON_INTERNAL', message: String(error), hint: undefined }
    sendJson(response, 500, { error: { code, message, hint } })
  }
}

function sendError(response: ServerResponse, { status, message: text }: Refusal): void {
  const [code = 'BATON_INTERNAL', message = text] = text.split(/: (.*)/s)
  sendJson(response, status, { error: { code, message } })
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) throw new BatonError('BATON_INTERNAL', `a control request of more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
