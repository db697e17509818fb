import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { fetch, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { initiateBidi } from 'webdriver'
import { z } from 'zod'
import { callControl } from '../../src/host/gateway/gateway-client.js'
import { Gateway, type GatewayOptions } from '../../src/host/gateway/gateway.js'
import { guardBidi, type BidiHandler } from '../../src/script/bidi-guard.js'
import { GatewayAgent, restoreGatewayAgent, takeUnreachable } from '../../src/script/gateway-agent.js'
import { TcpProxy } from '../chaos/tcp-proxy.js'
import { RecordingServer } from './host/recording-server.js'
import { farmSecret, lease } from './host/gateway-bench.js'

const silenceMs = 1_500

describe('a network that swallows connections to a gateway', () => {
  let upstream: RecordingServer
  let gateway: Gateway
  let network: TcpProxy
  let verifyLease: GatewayOptions['verifyLease']
  let performed: string[]
  let workMs: number

  beforeEach(async () => {
    performed = []
    workMs = 0
    verifyLease = async () => false
    upstream = await RecordingServer.start((request, response) => {
      request.resume()
      setTimeout(() => response.end('{"value":"done"}'), workMs)
    })
    gateway = await Gateway.start({
      farmSecret: () => farmSecret,
      limits: { heartbeatMs: 100 },
      verifyLease: async (...args) => verifyLease(...args),
      control: {
        ready: async ({ device }) => {
          performed.push(device)
          await delay(workMs)
          return { device }
        },
      },
    })
    gateway.sessionOpened('alice', { id: 's1', appium: `http://127.0.0.1:${upstream.port}`, capabilities: {} })
    gateway.grant('alice', lease)
    network = await TcpProxy.start(() => ({ port: Number(new URL(gateway.url).port) }))
  })
  afterEach(async () => {
    network.close()
    await gateway.close()
    upstream.stop()
  })

  const ready = async (isRepeatable: boolean, device = 'alice'): Promise<unknown> =>
    callControl({
      gateway: `http://127.0.0.1:${network.listensOn}`,
      action: 'ready',
      farmSecret,
      lease,
      body: { device },
      timeoutMs: 60_000,
      silenceMs,
      isRepeatable,
      response: z.object({ device: z.string() }),
    })

  const title = async (agent: GatewayAgent): Promise<unknown> => {
    const url = `http://127.0.0.1:${network.listensOn}/session/s1/title`
    const response = await fetch(url, { dispatcher: agent, headers: gateway.headersFor(lease, 'alice') })
    return response.json()
  }

  it('makes a call fail within the limit', async () => {
    network.set('hole')
    const startedAt = performance.now()
    await assert.rejects(ready(false), { code: 'BATON_DEVICE_LOST', device: 'alice' })
    assert.ok(performance.now() - startedAt < 20_000)
  })

  it('makes a call that may be repeated use another connection', async () => {
    await ready(true)
    network.set('hole')
    const call = ready(true)
    while (network.brokenCount === 0) await delay(10)
    network.set('open')
    assert.deepEqual(await call, { device: 'alice' })
    assert.deepEqual(performed, ['alice', 'alice'])
  })

  it('makes a call use another connection if the answer is swallowed', async () => {
    workMs = 300
    const call = ready(true)
    while (performed.length === 0) await delay(10)
    network.set('hole')
    while (network.brokenCount === 0) await delay(10)
    network.set('open')
    assert.deepEqual(await call, { device: 'alice' })
    assert.equal(performed.length, 2)
  })

  it('differs from a host that works for long', async () => {
    workMs = 2 * silenceMs
    const agent = new GatewayAgent(silenceMs)
    const answers = await Promise.all([ready(false), title(agent)])
    assert.deepEqual(answers, [{ device: 'alice' }, { value: 'done' }])
    assert.equal(performed.length, 1)
    assert.equal(agent.unreachable, undefined)
    await agent.destroy()
  })

  it('makes a command of a worker fail, and the worker report the device', async () => {
    const agent = new GatewayAgent(silenceMs)
    await title(agent)
    network.set('hole')
    const startedAt = performance.now()
    await assert.rejects(title(agent))
    assert.ok(performance.now() - startedAt < 20_000)
    assert.deepEqual(agent.unreachable, { device: 'alice', message: 'its host gave no sign of life for 1500 ms' })
    await agent.destroy()
  })

  it('makes the BiDi connection of a worker close, its commands fail, and the worker report the device', async () => {
    const original = getGlobalDispatcher()
    restoreGatewayAgent()
    const webSocketUrl = `ws://127.0.0.1:${upstream.port}/bidi/s3`
    gateway.sessionOpened('carol', {
      id: 's3',
      appium: `http://127.0.0.1:${upstream.port}`,
      capabilities: { webSocketUrl },
    })
    gateway.grant('carol', lease)
    const bidiUrl = `ws://127.0.0.1:${network.listensOn}/bidi/s3`
    const prototype = initiateBidi(bidiUrl, false, gateway.headersFor(lease, 'carol'))
    const handler = prototype['_bidiHandler']?.value as BidiHandler
    guardBidi(handler, { role: 'carol', device: 'carol', silenceMs })
    assert.equal(await handler.waitForConnected(), true)
    const [session] = upstream.sockets
    session?.on('message', (data: Buffer) =>
      session.send(`{"id":${/"id":(\d+)/.exec(data.toString())?.[1]},"type":"success","result":{}}`),
    )
    // A quiet connection stays open for longer than the limit.
    for (let waited = 0; waited < 2 * silenceMs; waited += 100) await delay(100)
    await handler.send({ method: 'session.status', params: {} })
    assert.equal(takeUnreachable(), undefined)
    network.set('hole')
    const startedAt = performance.now()
    await assert.rejects(handler.send({ method: 'session.status', params: {} }), /the BiDi connection was closed/)
    assert.ok(performance.now() - startedAt < 20_000)
    assert.deepEqual(takeUnreachable(), { device: 'carol', message: 'its host gave no sign of life for 1500 ms' })
    handler.close()
    setGlobalDispatcher(original)
  })

  it('does not keep a call waiting when the farm cannot verify its lease', async () => {
    verifyLease = async () => new Promise(() => {})
    const startedAt = performance.now()
    gateway.sessionOpened('bob', { id: 's2', appium: `http://127.0.0.1:${upstream.port}`, capabilities: {} })
    await assert.rejects(ready(false, 'bob'), { code: 'BATON_LEASE_LOST' })
    assert.ok(performance.now() - startedAt < 20_000)
  })
})
