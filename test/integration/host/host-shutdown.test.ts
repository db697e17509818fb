import assert from 'node:assert/strict'
import { fakeDriver } from '../../../drivers/fake/fake-driver.js'
import { parseFarmConfig } from '../../../src/device/farm-config.js'
import type { Driver } from '../../../src/device/driver/driver.js'
import { startHostAppium } from '../../../src/host/appium/host-appium.js'
import { startHost, type Host } from '../../../src/host/host.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../../src/process/owned-directory.js'
import { RedisServer } from '../../support/redis-server.js'
import { isAlive } from '../process/alive.js'

/** Its devices cannot be disposed of: a browser may still write to its profile. */
const messyDriver: Driver = {
  ...fakeDriver,
  async prepare(entry, context) {
    const prepared = await fakeDriver.prepare(entry, context)
    prepared.dispose = async () => Promise.reject(new Error(`ENOTEMPTY: profile of ${entry.name}`))
    return prepared
  },
}

describe('a host that ends', () => {
  let redis: RedisServer
  let directory: OwnedDirectory
  let logged: string[]

  beforeEach(async () => {
    redis = await RedisServer.start()
    directory = await makeOwnedDirectory('host')
    logged = []
  })
  afterEach(async () => {
    await redis[Symbol.asyncDispose]()
    await directory.remove()
  })

  interface Started {
    appiumPid: number
    host: Host
  }

  async function start(driver: Driver, gateway: object = {}): Promise<Started> {
    const drivers = [driver]
    const devices = ['alice', 'bob'].map(name => ({ name, driver: 'fake', reset: 'none' }))
    const config = parseFarmConfig({
      text: JSON.stringify({ devices, gateway }),
      file: 'devices.json',
      drivers,
      env: {},
    })
    const parts = { config, drivers, env: process.env, workDir: directory.path }
    const appium = await startHostAppium(parts)
    assert.ok(appium)
    await appium.started
    appiumPid = appium.pid ?? 0
    const host = await startHost({
      ...parts,
      appium,
      redisUrl: `unix://${redis.socket}`,
      name: 'h1',
      signal: new AbortController().signal,
      log: line => logged.push(line),
    })
    return { host, appiumPid }
  }
  let appiumPid: number

  const connections = async (): Promise<number> => {
    const observer = redis.connect()
    const clients = String(await observer.client('LIST'))
      .trim()
      .split('\n')
    observer.disconnect()
    return clients.length - 1
  }

  it('ends everything, and reports what failed, when a device cannot be disposed of', async () => {
    const { host } = await start(messyDriver)
    const observer = redis.connect()
    const gateway = await observer.hget('{baton}:host:h1', 'gateway')
    observer.disconnect()
    await host.stop()
    assert.match(logged.join('\n'), /profile of alice/)
    assert.match(logged.join('\n'), /profile of bob/)
    assert.equal(await isAlive(appiumPid), false, 'Appium is gone')
    await assert.rejects(fetch(String(gateway)), 'the gateway listens no longer')
    assert.equal(await connections(), 0, 'no connection to Redis is left')
  })

  it('ends everything it has started, and keeps the cause, when it cannot start', async () => {
    const cause = { code: 'BATON_GATEWAY_UNREACHABLE' }
    await assert.rejects(start(messyDriver, { host: '127.0.0.1', advertise: '127.0.0.1:1' }), cause)
    assert.equal(await isAlive(appiumPid), false, 'Appium is gone')
    assert.equal(await connections(), 0, 'no connection to Redis is left')
  })

  it('names everything that keeps it from starting', async () => {
    const refusing: Driver = {
      ...messyDriver,
      prepare: async (entry, context) => {
        if (entry.name === 'alice') return messyDriver.prepare(entry, context)
        throw new Error('bob is broken')
      },
    }
    await assert.rejects(start(refusing), { message: 'bob is broken' })
    assert.match(logged.join('\n'), /profile of alice/)
    assert.equal(await isAlive(appiumPid), false, 'Appium is gone')
    assert.equal(await connections(), 0, 'no connection to Redis is left')
  })
})
