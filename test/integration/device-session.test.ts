import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import pLimit from 'p-limit'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import type { PreparedDevice } from '../../src/device/driver/driver.js'
import type { SessionCapability } from '../../src/device/driver/session-capability.js'
import type { DeviceSessionOptions } from '../../src/host/device/session/device-session.js'
import { deviceEntry, FarmBench, type BenchDevice } from './host/device-bench.js'
import { RecordingServer } from './host/recording-server.js'

describe('sessions of a device', () => {
  let bench: FarmBench
  let count = 0

  before(async () => {
    bench = await FarmBench.start([fakeDriver])
  })
  after(async () => bench.stop())

  const add = async (options: Partial<DeviceSessionOptions> = {}): Promise<BenchDevice> => {
    count += 1
    return bench.add(deviceEntry(`fake-${count}`, fakeDriver), fakeDriver, { reset: 'none', ...options })
  }
  /** The same device with one of its deeds changed. */
  const with_ = (device: BenchDevice, change: Partial<SessionCapability>): PreparedDevice => ({
    ...device.prepared,
    sessions: { ...device.prepared.sessions, ...change },
  })

  it('stay open for equal capabilities, and are opened again for others', async () => {
    const { sessions } = await add()
    const first = await sessions.ready()
    assert.equal(await sessions.ready({}), first)
    const other = await sessions.ready({ 'appium:fullReset': true })
    assert.notEqual(other.id, first.id)
    assert.equal(other.capabilities['fullReset'], true)
    await assert.rejects(first.command('GET', '/timeouts'), { error: 'invalid session id' })
    assert.equal(await sessions.recycle(), other)
  })

  it('are opened once for several callers at the same time', async () => {
    const { sessions } = await add()
    const opened = await Promise.all([sessions.ready(), sessions.ready(), sessions.ready()])
    assert.equal(new Set(opened).size, 1)
  })

  it('are opened in turn if the machine starts its devices', async () => {
    const log: string[] = []
    const turns = pLimit(1)
    const takeTurn: DeviceSessionOptions['startLimiter'] = async work =>
      turns(async () => {
        log.push('turn')
        const session = await work()
        log.push('open')
        return session
      })
    const devices = await Promise.all(
      [1, 2, 3].map(async () => {
        const device = await add()
        const completeCapabilities = async (capabilities: Record<string, unknown>) => {
          log.push('begins')
          return capabilities
        }
        return add({ startLimiter: takeTurn, prepared: with_(device, { completeCapabilities }) })
      }),
    )
    await Promise.all(devices.map(async ({ sessions }) => sessions.ready()))
    assert.deepEqual(
      log,
      [1, 2, 3].flatMap(() => ['turn', 'begins', 'open']),
    )
  })

  it('are known to the gateway only while they are open', async () => {
    const { sessions, name } = await add()
    const session = await sessions.ready()
    assert.equal(bench.gateway.workerSession(name)?.id, session.id)
    await sessions.close()
    assert.equal(bench.gateway.workerSession(name), undefined)
    await assert.rejects(session.command('GET', '/timeouts'), { error: 'invalid session id' })
    await assert.rejects(sessions.ready(), { code: 'BATON_SESSION_FAILED' })
  })

  it('are replaced if a reset fails or takes too long', async () => {
    const device = await add()
    for (const reset of [async () => Promise.reject(new Error('no')), async () => new Promise<void>(() => {})]) {
      const { sessions } = await add({
        reset: 'app',
        prepared: with_(device, { reset, resetTimeoutMs: 50 }),
      })
      const first = await sessions.ready()
      const second = await sessions.recycle()
      assert.notEqual(second.id, first.id)
      await second.command('GET', '/timeouts')
      await assert.rejects(first.command('GET', '/timeouts'), { error: 'invalid session id' })
    }
  })

  it('are found dead by the check, and opened again', async () => {
    const { sessions } = await add()
    const first = await sessions.ready()
    await first.command('DELETE', '')
    await assert.rejects(sessions.check(), { code: 'BATON_DEVICE_LOST' })
    const second = await sessions.ready()
    assert.notEqual(second.id, first.id)
    await sessions.check()
  })

  it('are closed without waiting for a command that still runs', async () => {
    const chromium = await FarmBench.start([chromiumDriver])
    try {
      const { sessions } = await chromium.add(deviceEntry('phone', chromiumDriver), chromiumDriver)
      const first = await sessions.ready()
      const endless = first.command('POST', '/execute/async', { script: '', args: [] }, 60_000)
      const start = performance.now()
      const failedMs = assert.rejects(endless).then(() => performance.now() - start)
      const second = await sessions.reopen()
      assert.ok(
        (await failedMs) < 4_500,
        `it ended after ${await failedMs} ms: a deletion that waits is given up after 5 s`,
      )
      assert.notEqual(second.id, first.id)
    } finally {
      await chromium.stop()
    }
  })

  it('quarantine their device with the reason after three failed openings running', async () => {
    const device = await add()
    let app = '/no/such/app'
    const { sessions } = await add({
      prepared: with_(device, { completeCapabilities: async all => ({ ...all, 'appium:app': app }) }),
    })
    await assert.rejects(sessions.ready(), { code: 'BATON_SESSION_FAILED', message: /no such file/ })
    await assert.rejects(sessions.ready(), { code: 'BATON_SESSION_FAILED' })
    await assert.rejects(sessions.ready(), { code: 'BATON_DEVICE_QUARANTINED', message: /no such file/ })
    app = String(device.prepared.sessions.capabilities({})['appium:app'])
    await assert.rejects(sessions.ready(), { code: 'BATON_DEVICE_QUARANTINED' })
  })

  it('are deleted if they open after their timeout', async () => {
    const heard = new EventEmitter<{ opening: [ServerResponse]; deletion: [string | undefined] }>()
    const [opening, deletion] = [once(heard, 'opening'), once(heard, 'deletion')]
    const server = await RecordingServer.start((request, response) => {
      if (request.method !== 'DELETE') return void heard.emit('opening', response)
      response.end('{"value":null}')
      return void heard.emit('deletion', request.url)
    })
    try {
      const { sessions } = await add({
        appium: async () => `http://user:key@127.0.0.1:${server.port}/hub`,
        openTimeoutMs: 50,
      })
      await assert.rejects(sessions.ready(), { code: 'BATON_SESSION_FAILED', message: /not open within 50 ms/ })
      // A busy machine may give it up before the server has heard of it.
      const [response] = (await opening) as [ServerResponse]
      assert.equal(server.requests[0]?.headers.authorization, `Basic ${btoa('user:key')}`)
      response.end(JSON.stringify({ value: { sessionId: 'late', capabilities: {} } }))
      assert.deepEqual(await deletion, ['/hub/session/late'])
    } finally {
      server.stop()
    }
  })

  it('are kept alive if they are unused for long, on our own server and on a foreign one', async () => {
    const own = await (await add()).sessions.ready()
    const pinged = await add({ usesForeignAppium: true, capabilities: { 'appium:newCommandTimeout': 8 } })
    const held = await pinged.sessions.ready()
    const forgotten = await add({ capabilities: { 'appium:newCommandTimeout': 8 }, usesForeignAppium: true })
    const dead = await forgotten.sessions.ready()
    // A device that nobody keeps alive: the control that this test can fail.
    forgotten.sessions.serverLost()
    await delay(11_000)
    await own.command('GET', '/orientation')
    await held.command('GET', '/orientation')
    await assert.rejects(dead.command('GET', '/orientation'), { error: 'invalid session id' })
  })

  it('are lost with a server that does not answer', async () => {
    const server = await RecordingServer.start((request, response) => {
      if (request.url === '/session') response.end(JSON.stringify({ value: { sessionId: 's', capabilities: {} } }))
    })
    const { sessions } = await add({ appium: async () => `http://127.0.0.1:${server.port}` })
    const session = await sessions.ready()
    await assert.rejects(session.command('GET', '/title', undefined, 30), {
      code: 'BATON_SESSION_LOST',
      message: /no answer within 30 ms/,
    })
    server.stop()
    await assert.rejects(session.command('GET', '/title'), { code: 'BATON_SESSION_LOST' })
  })
})
