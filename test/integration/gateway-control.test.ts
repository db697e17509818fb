import assert from 'node:assert/strict'
import { z } from 'zod'
import { callControl } from '../../src/host/gateway/gateway-client.js'
import { leaseToken } from '../../src/host/gateway/gateway-token.js'
import { farmSecret, GatewayBench, lease, newer } from './host/gateway-bench.js'

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
    assert.equal((await bench.send('GET', '/session/s2/title', leaseToken(farmSecret, newer))).status, 200)
  })

  it('refuses everyone else', async () => {
    await assert.rejects(call('ready', 'alice', '5'), { code: 'BATON_LEASE_LOST' })
    await assert.rejects(call('ready', 'alice', lease, 'guess'), { code: 'BATON_LEASE_LOST' })
    await assert.rejects(call('ready', 'nobody'), { code: 'BATON_SESSION_LOST' })
    await assert.rejects(call('nothing', 'alice'), { code: 'BATON_SESSION_LOST' })
    await assert.rejects(call('constructor', 'alice'), { code: 'BATON_SESSION_LOST' })
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
