import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { urlHost } from '../../device/host-port.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { parseJson } from '../../process/parse-json.js'

/** Every gateway's reply to a ping. It proves that the gateway belongs to this farm, and identifies it. */
const pingReply = z.object({ id: z.string(), proof: z.string() })
export type PingReply = z.infer<typeof pingReply>

/** A ping is answered at once, so this much time goes to a slow network. */
const pingTimeoutMs = 5_000
const maxReplyBytes = 1_000

/** @param nonce - of the request, so that no earlier reply can be sent again */
export function pingReplyOf(farmSecret: string, id: string, nonce: string): PingReply {
  return { id, proof: sign(farmSecret, id, nonce).toString('hex') }
}

/**
 * Asks whatever listens at an address which gateway of the farm it is. The farm's secret is not sent.
 * @param url - `http://HOST:PORT`
 * @returns the id of the gateway
 * @throws Error if nothing answers in time, or if it is not a gateway of this farm
 */
export async function pingGateway(url: string, farmSecret: string, timeoutMs = pingTimeoutMs): Promise<string> {
  const nonce = randomBytes(16).toString('hex')
  const text = await get(`${url}/baton/ping/${nonce}`, timeoutMs)
  const reply = pingReply.safeParse(parseJson(text))
  if (!reply.success) throw new Error('another server answers at that address')
  const { id, proof } = reply.data
  const given = Buffer.from(proof, 'hex')
  const expected = sign(farmSecret, id, nonce)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error('another gateway answers at that address')
  }
  return id
}

/** How a host is configured so that others reach its gateway. */
const gatewayHint =
  'in devices.json, "gateway": { "host": ADDRESS, "port": PORT } is what it listens on (0.0.0.0: every interface), ' +
  'and "advertise": "HOST[:PORT]", or --advertise, is where other machines reach it'

export interface AdvertisedGateway {
  /** As it is advertised. */
  url: string
  /** Where plain HTTP leads to that address. */
  through: string
  id: string
  farmSecret: string
  /** Where it listens. */
  bound: AddressInfo
}

/**
 * Reaches a gateway through the address that it advertises, as other hosts will.
 * @throws BatonError BATON_GATEWAY_UNREACHABLE if that leads nowhere, or to another server
 */
export async function checkReachable({ url, through, id, farmSecret, bound }: AdvertisedGateway): Promise<void> {
  try {
    const found = await pingGateway(through, farmSecret)
    if (found !== id) throw new Error('another gateway answers at that address')
  } catch (cause) {
    const advertised = new URL(url).host
    const listening = `${urlHost(bound.address)}:${bound.port}`
    const message = `the gateway advertises ${advertised}, where it cannot be reached: ${errorMessage(cause)} (it listens on ${listening})`
    throw new BatonError('BATON_GATEWAY_UNREACHABLE', message, { cause, hint: gatewayHint })
  }
}

/** The prefix keeps it apart from the token of any lease. */
function sign(farmSecret: string, id: string, nonce: string): Buffer {
  return createHmac('sha256', farmSecret).update(`ping ${nonce} ${id}`).digest()
}

async function get(url: string, timeoutMs: number): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(deadline.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error)
    }
    // A connection of its own: one that is kept alive would prove nothing about the next.
    const request = requestHttp(url, { signal: deadline, agent: false })
    request.once('error', fail)
    request.once('response', response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.length > maxReplyBytes) request.destroy(new Error('another server answers at that address'))
      })
      response.once('error', fail)
      response.once('end', () => resolve(text))
    })
    request.end()
  })
}
