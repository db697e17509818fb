import { request as requestHttp } from 'node:http'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { codes, type ErrorCode } from '../../error/codes.js'
import { failOnSilence } from '../../process/request-heartbeat.js'
import { deviceHeader } from '../../script/worker-messages.js'
import { leaseHeader, leaseToken, type LeaseId } from './gateway-token.js'
import { parseJson } from '../../process/parse-json.js'

/** Files are sent through Redis: a response describes them. */
const maxResponseBytes = 16 * 1024 * 1024

export interface ControlCall<T> {
  /** Base URL of the gateway of the device's host, for example `http://10.0.0.7:41234`. */
  gateway: string
  action: string
  farmSecret: string
  lease: LeaseId
  body: { device: string } & Record<string, unknown>
  /** Milliseconds until the call fails. */
  timeoutMs: number
  /** Milliseconds without a heartbeat after which the connection is given up; default 5,000. */
  silenceMs?: number
  /** If a connection breaks, the call is repeated once on a new one: the action may then be performed twice. */
  isRepeatable?: boolean
  /** What the response must be. */
  response: z.ZodType<T>
}

const failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

/**
 * Calls the host of a remote device, through its gateway.
 * @returns the response
 * @throws BatonError as that host threw it; BATON_DEVICE_LOST if it does not answer in time, or in another way than expected
 */
export async function callControl<T>(call: ControlCall<T>): Promise<T> {
  const { status, text } = await postReliably(call)
  const body = parseJson(text)
  if (status === 200) {
    const { data, error } = call.response.safeParse(body)
    if (error) throw lost(call, 'answers with something unknown', error)
    return data
  }
  const failed = failure.safeParse(body)
  if (!failed.success) throw lost(call, `answers with status ${status}`, failed.error)
  const { error } = failed.data
  throw new BatonError(isErrorCode(error.code) ? error.code : 'BATON_INTERNAL', error.message, {
    device: call.body.device,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}

function lost(call: ControlCall<unknown>, how: string, cause: unknown): BatonError {
  const { gateway, action, body } = call
  const message = `the host at ${gateway} ${how} to '${action}' for ${body.device}`
  return new BatonError('BATON_DEVICE_LOST', message, { device: body.device, cause })
}

interface ControlAnswer {
  status: number
  text: string
}

/** An open connection may be broken already, so only a new one shows whether the host can be reached. */
async function postReliably(call: ControlCall<unknown>): Promise<ControlAnswer> {
  const deadline = AbortSignal.timeout(call.timeoutMs)
  if (!call.isRepeatable) return post(call, deadline, false)
  return post(call, deadline, undefined).catch(async (error: unknown) => {
    if (deadline.aborted) throw error
    return post(call, deadline, false)
  })
}

/** @param agent - undefined: may use an open connection; false: uses a new one */
async function post(call: ControlCall<unknown>, signal: AbortSignal, agent: false | undefined): Promise<ControlAnswer> {
  const content = JSON.stringify(call.body)
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(lost(call, 'gives no answer', cause))
    const request = requestHttp(`${call.gateway}/baton/${call.action}`, {
      method: 'POST',
      signal,
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(content),
        [deviceHeader]: encodeURIComponent(call.body.device),
        [leaseHeader]: leaseToken(call.farmSecret, {
          lease: call.lease,
          device: call.body.device,
          action: call.action,
        }),
      },
    })
    failOnSilence(request, call.silenceMs)
    request.once('error', fail)
    request.once('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxResponseBytes) chunks.push(chunk)
        else request.destroy(new Error(`a response of more than ${maxResponseBytes} bytes`))
      })
      response.once('error', fail)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    request.end(content)
  })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(codes, code)
}
