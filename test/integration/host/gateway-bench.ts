import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { deviceHeader } from '../../../src/script/worker-messages.js'
import { leaseHeader, leaseToken } from '../../../src/host/gateway/gateway-token.js'
import { Gateway, type GatewayOptions } from '../../../src/host/gateway/gateway.js'
import { BatonError } from '../../../src/error/baton-error.js'
import { RecordingServer } from './recording-server.js'

export const farmSecret = 'secret'
export const lease = '1790000000000001'
export const newer = '1790000000000002'

export interface Answer {
  status: number
  body: { value?: { error: string; message: string } } & Record<string, unknown>
}

/** The token for commands to a device. */
export function tokenFor(device: string, of = lease, secret = farmSecret): string {
  return leaseToken(secret, { lease: of, device, action: 'session' })
}

/** The token for a control call. */
export function controlToken(action: string, device = 'alice', of = lease): string {
  return leaseToken(farmSecret, { lease: of, device, action })
}

/** A gateway between a test and a recording server. Alice has the session s1 and is leased; bob has s2. */
export class GatewayBench {
  /** How the server answers. */
  answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume()
    response.setHeader('content-type', 'application/json').end('{"value":"done"}')
  }
  /** How the farm answers if the gateway asks about a lease. */
  verify: GatewayOptions['verifyLease'] = async () => false
  /** Whether the farm has confirmed the host until now. */
  confirmed = true
  /** Device and lease of each such question. */
  readonly asked: string[] = []

  upstream!: RecordingServer
  gateway!: Gateway

  static async start(limits?: GatewayOptions['limits']): Promise<GatewayBench> {
    const bench = new GatewayBench()
    const upstream = await RecordingServer.start((request, response) => bench.answer(request, response))
    const gateway = await Gateway.start({
      farmSecret: () => farmSecret,
      verifyLease: async (device, lease) => {
        bench.asked.push(`${device} ${lease}`)
        return bench.verify(device, lease)
      },
      isConfirmed: () => bench.confirmed,
      control,
      limits,
    })
    const capabilities = { webSocketUrl: 'ws://127.0.0.1:0/bidi/s1' }
    gateway.sessionOpened('alice', { id: 's1', appium: `http://127.0.0.1:${upstream.port}`, capabilities })
    gateway.sessionOpened('bob', { id: 's2', appium: `http://127.0.0.1:${upstream.port}/hub`, capabilities: {} })
    gateway.grant('alice', lease)
    return Object.assign(bench, { upstream, gateway })
  }

  async stop(): Promise<void> {
    await this.gateway.close()
    this.upstream.stop()
  }

  async send(
    method: string,
    path: string,
    token: string | undefined = tokenFor('alice'),
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.gateway.url + path, {
      method,
      headers: { [deviceHeader]: 'alice', ...headers, ...(token === '' ? {} : { [leaseHeader]: token }) },
      ...(method === 'POST' ? { body: '{}' } : {}),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }

  /** Waits for the first request at the server. */
  async arrival(): Promise<IncomingMessage> {
    while (!this.upstream.requests[0]) await new Promise(resolve => setImmediate(resolve))
    return this.upstream.requests[0]
  }
}

const control: NonNullable<GatewayOptions['control']> = {
  ready: async ({ device, lease, body }) => ({ device, lease, wanted: body['capabilities'] }),
  odd: async () => {
    const error = new BatonError('BATON_SESSION_FAILED', 'odd')
    throw Object.assign(error, { code: 'constructor' })
  },
  fail: async () => {
    throw new BatonError('BATON_SESSION_FAILED', 'no browser', { hint: 'install one' })
  },
}

export function assertLost({ status, body }: Answer, message: RegExp): void {
  assert.equal(status, 404)
  assert.equal(body.value?.error, 'invalid session id')
  assert.match(body.value?.message ?? '', message)
}
