import assert from 'node:assert/strict'
import { parseFarmConfig } from '../../../src/device/farm-config.js'
import { resolveServers } from '../../../src/device/resolve-servers.js'
import { drivers } from './drivers.js'
import { farm, parse } from './errors-of.js'

describe('parseFarmConfig', () => {
  it('completes the smallest farm', () => {
    assert.deepEqual(parse(farm('')), {
      file: 'devices.json',
      devices: [
        { name: 'alice', driver: 'browser', labels: [], capabilities: {}, webdriver: {}, own: { headless: true } },
      ],
      places: { alice: { file: 'devices.json', line: 1, column: 15 } },
      webdriver: {},
      setup: [],
      env: { pass: [], set: {} },
      servers: {},
      on: [],
      gateway: { port: 0 },
      timeouts: {},
      secrets: [],
    })
  })

  it("lets the device's keys win over those at the top", () => {
    const { devices, webdriver } = parse(`{
      "waitforTimeout": 1, "logLevel": "info", "reset": "session", "appium": { "url": "http://one" },
      "capabilities": { "a": 1, "b": 1 },
      "devices": [
        { "name": "a", "driver": "browser" },
        { "name": "b", "driver": "phone", "waitforTimeout": 2, "reset": "reinstall", "appium": { "url": "http://two" },
          "capabilities": { "b": 2 }, "udid": "R5" }
      ]
    }`)
    assert.deepEqual(webdriver, { waitforTimeout: 1, logLevel: 'info' })
    assert.deepEqual(devices, [
      {
        name: 'a',
        driver: 'browser',
        labels: [],
        capabilities: { a: 1, b: 1 },
        appium: { url: 'http://one' },
        reset: 'session',
        webdriver: { waitforTimeout: 1, logLevel: 'info' },
        own: { headless: true },
      },
      {
        name: 'b',
        driver: 'phone',
        labels: [],
        capabilities: { a: 1, b: 2 },
        appium: { url: 'http://two' },
        reset: 'reinstall',
        webdriver: { waitforTimeout: 2, logLevel: 'info' },
        own: { udid: 'R5' },
      },
    ])
  })

  it('reads comments, trailing commas and a byte order mark', () => {
    const text = '\uFEFF{ // the farm\n "devices": [{ "name": "a", "driver": "phone", }, /* off */], }'
    assert.deepEqual(parse(text).places, { a: { file: 'devices.json', line: 2, column: 14 } })
  })

  it('takes paths relative to the file', () => {
    const text = farm(
      '',
      '"setup": ["setup.ts", "/lab/own.ts"], "servers": { "chat": { "command": "run", "ready": "/", "cwd": "../apps" } }',
    )
    const { setup, servers } = parseFarmConfig({ text, file: 'lab/devices.json', drivers, env: {} })
    assert.deepEqual(setup, ['lab/setup.ts', '/lab/own.ts'])
    assert.deepEqual(servers, { chat: { command: 'run', ready: '/', cwd: 'apps', env: {}, timeoutMs: 30_000 } })
  })

  it('reads what modules see of the environment, as a list and as an object', () => {
    assert.deepEqual(parse(farm('', '"env": ["TOKEN", "MODE=a=b"]')).env, { pass: ['TOKEN'], set: { MODE: 'a=b' } })
    assert.deepEqual(parse(farm('', '"env": { "MODE": "x" }')).env, { pass: [], set: { MODE: 'x' } })
  })

  it('reads the labels to run on, as text and as a list', () => {
    assert.deepEqual(parse(farm('', '"on": "platform=android, tablet"')).on, ['platform=android', 'tablet'])
    assert.deepEqual(parse(farm('', '"on": ["tablet", "tablet"]')).on, ['tablet'])
  })

  it('applies a video setting for all devices to those that can record', () => {
    const text =
      '{ "video": "on", "devices": [{ "name": "a", "driver": "phone" }, { "name": "b", "driver": "browser", "video": "off" }, ' +
      '{ "name": "c", "driver": "browser" }, { "name": "d", "driver": "phone", "video": "retain-on-failure" }] }'
    assert.deepEqual(
      parse(text).devices.map(({ name, video }) => [name, video]),
      [
        ['a', 'on'],
        ['b', 'off'],
        ['c', undefined],
        ['d', 'retain-on-failure'],
      ],
    )
  })

  it('reads everything else', () => {
    const top =
      '"redis": "rediss://r:6380/1", "gateway": { "host": "0.0.0.0", "port": 80, "advertise": "[fd00::1]:81" }, "timeouts": { "test": 0, "wait": 5 }'
    const { redis, gateway, timeouts } = parse(farm('', top))
    assert.deepEqual(
      { redis, gateway, timeouts },
      {
        redis: 'rediss://r:6380/1',
        gateway: { host: '0.0.0.0', port: 80, advertise: { host: 'fd00::1', port: 81 } },
        timeouts: { test: 0, wait: 5 },
      },
    )
  })

  it('fills in the environment anywhere, and collects the values that are long enough to be masked', () => {
    const entry = '"capabilities": { "deep": [{ "key": "<${env:KEY}|${env:SHORT}>" }] }, "labels": ["${env:SHORT}"]'
    const { devices, secrets } = parse(farm(entry), { KEY: '123456', SHORT: '12345' })
    assert.deepEqual(devices[0]?.capabilities, { deep: [{ key: '<123456|12345>' }] })
    assert.deepEqual(devices[0]?.labels, ['12345'])
    assert.deepEqual(secrets, ['123456'])
  })

  it('does not interpret values from the environment', () => {
    const { devices } = parse(farm('"capabilities": { "a": "${env:A}" }'), { A: '${env:B} ${server:x} $& $1' })
    assert.deepEqual(devices[0]?.capabilities, { a: '${env:B} ${server:x} $& $1' })
  })

  it('does not accept an inherited property as a variable', () => {
    assert.throws(() => parse(farm('"capabilities": { "a": "${env:toString}" }')), /BATON_ENV_MISSING/)
  })

  it('leaves servers to be filled in once they run', () => {
    const top =
      '"baseUrl": "${server:chat}/app", "env": { "URL": "${server:chat}" }, "servers": { "chat": { "command": "run", "ready": "/" } }'
    const config = parse(farm('', top))
    assert.equal(config.devices[0]?.webdriver.baseUrl, '${server:chat}/app')
    const resolved = resolveServers(config, { chat: 'http://127.0.0.1:4001' })
    assert.equal(resolved.webdriver.baseUrl, 'http://127.0.0.1:4001/app')
    assert.equal(resolved.devices[0]?.webdriver.baseUrl, 'http://127.0.0.1:4001/app')
    assert.deepEqual(resolved.env.set, { URL: 'http://127.0.0.1:4001' })
  })
})
