import assert from 'node:assert/strict'
import { z } from 'zod'
import { callControl } from '../../src/host/gateway/gateway-client.js'
import { deviceHeader } from '../../src/script/worker-messages.js'
import { RecordingServer } from './host/recording-server.js'
import { controlToken, farmSecret, GatewayBench, lease, newer, tokenFor } from './host/gateway-bench.js'

describe('control calls to the gateway', () => {
  let bench: GatewayBench
  beforeEach(async () => {
    bench = await GatewayBench.start()
  })
  afterEach(async () => bench.stop())

  const call = async (
    action: string,
    device: string,
    token = lease,
    secret = farmSecret,
    response: z.ZodType = z.unknown(),
  ) =>
    callControl({
      gateway: bench.gateway.url,
      action,
      farmSecret: secret,
      lease: token,
      body: { device, capabilities: { a: 1 } },
      timeoutMs: 5000,
      response,
    })

  it('performs an action for a device that the caller has leased', async () => {
    assert.deepEqual(await call('ready', 'alice'), { device: 'alice', lease, wanted: { a: 1 } })
  })

  it('verifies a lease of another host, as for a command', async () => {
    bench.verify = async () => true
    await call('ready', 'bob', newer)
    assert.deepEqual(bench.asked, [`bob ${newer}`])
    assert.equal((await bench.send('GET', '/session/s2/title', tokenFor('bob', newer))).status, 200)
  })

  it('refuses everyone else', async () => {
    await assert.rejects(call('ready', 'alice', '5'), { code: 'BATON_LEASE_LOST' })
    await assert.rejects(call('ready', 'alice', lease, 'guess'), { code: 'BATON_LEASE_LOST' })
    await assert.rejects(call('ready', 'nobody'), { code: 'BATON_SESSION_LOST' })
    await assert.rejects(call('nothing', 'alice'), { code: 'BATON_SESSION_LOST' })
    await assert.rejects(call('constructor', 'alice'), { code: 'BATON_SESSION_LOST' })
  })

  it('refuses the token of another device, action or kind, and a body for another device', async () => {
    const code = async (token: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const { body } = await bench.send('POST', '/baton/ready', token, headers)
      return (body as { error?: { code: string } }).error?.code
    }
    bench.gateway.grant('bob', lease)
    assert.equal(await code(controlToken('fail')), 'BATON_LEASE_LOST')
    assert.equal(await code(controlToken('ready', 'bob')), 'BATON_LEASE_LOST')
    assert.equal(await code(tokenFor('alice')), 'BATON_LEASE_LOST')
    const { status } = await bench.send('GET', '/session/s1/title', controlToken('ready'))
    assert.equal(status, 404)
    const response = await fetch(`${bench.gateway.url}/baton/ready`, {
      method: 'POST',
      headers: { 'x-baton-lease': controlToken('ready'), [deviceHeader]: 'alice' },
      body: '{"device":"bob"}',
    })
    assert.equal(response.status, 404)
  })

  it('passes errors on with code and hint', async () => {
    await assert.rejects(call('fail', 'alice'), {
      code: 'BATON_SESSION_FAILED',
      message: 'no browser',
      hint: 'install one',
      device: 'alice',
    })
  })

  it('reports an unexpected response', async () => {
    const strange = call('ready', 'alice', lease, farmSecret, z.object({ session: z.string() }))
    await assert.rejects(strange, {
      code: 'BATON_DEVICE_LOST',
      device: 'alice',
      message: /something unknown to 'ready'/,
    })
  })

  it('reads no endless response', async () => {
    const liar = await RecordingServer.start((request, response) => {
      request.resume()
      const part = Buffer.alloc(1_000_000, 0x20)
      const write = (): void => void (response.destroyed || response.write(part, write))
      write()
    })
    try {
      const gateway = `http://127.0.0.1:${liar.port}`
      const body = { device: 'alice' }
      const call = { gateway, action: 'ready', farmSecret, lease, body, timeoutMs: 30_000, response: z.unknown() }
      await assert.rejects(callControl(call), { code: 'BATON_DEVICE_LOST', message: /gives no answer/ })
    } finally {
      liar.stop()
    }
  })

  it('does not accept an inherited property as an error code', async () => {
    await assert.rejects(call('odd', 'alice'), { code: 'BATON_INTERNAL' })
  })

  it('reports a host that does not answer', async () => {
    const { url } = bench.gateway
    await bench.gateway.close()
    const away = callControl({
      gateway: url,
      action: 'ready',
      farmSecret,
      lease,
      body: { device: 'alice' },
      timeoutMs: 1000,
      response: z.unknown(),
    })
    await assert.rejects(away, { code: 'BATON_DEVICE_LOST', device: 'alice' })
  })
})
