import assert from 'node:assert/strict'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { androidCapabilities } from '../../../drivers/android/session/android-capabilities.js'
import { adbAddressOf, androidKeys, completeKeys } from '../../../drivers/android/android-keys.js'
import { loopbackPorts } from '../../../drivers/android/adb/reversed-ports.js'
import { quote } from '../../../drivers/android/apps/app-commands.js'
import { parseFarmConfig } from '../../../src/device/farm-config.js'

const adb = { host: '127.0.0.1', port: 5037 }

describe("an Android session's capabilities", () => {
  it('name the phone and the adb server, and keep the server alive', () => {
    const capabilities = androidCapabilities({ udid: 'emulator-5554', adb: { ...adb, port: 6037 } }, {})
    assert.equal(capabilities['appium:udid'], 'emulator-5554')
    assert.equal(capabilities['appium:adbPort'], 6037)
    assert.equal(capabilities['appium:suppressKillServer'], true)
    assert.ok(!('appium:remoteAdbHost' in capabilities))
    assert.ok(!('appium:systemPort' in capabilities), 'each opening has one of its own')
  })

  it('name the folder of ChromeDrivers, except for a foreign Appium server', () => {
    const parts = { udid: 'x', adb }
    const named = androidCapabilities({ ...parts, chromedrivers: '/phone/chromedrivers' }, {})
    assert.equal(named['appium:chromedriverExecutableDir'], '/phone/chromedrivers')
    assert.ok(!('appium:chromedriverExecutableDir' in androidCapabilities(parts, {})))
  })

  it("name adb's host, and are overridden by devices.json", () => {
    const capabilities = androidCapabilities(
      { udid: 'x', adb: { ...adb, host: '10.0.0.5' } },
      { 'appium:noReset': false },
    )
    assert.equal(capabilities['appium:remoteAdbHost'], '10.0.0.5')
    assert.equal(capabilities['appium:noReset'], false)
  })
})

describe('keys of an Android device', () => {
  it('accept a PIN from the environment, and reject one that no phone can have', () => {
    const text =
      '{ "devices": [{ "name": "alice", "driver": "android", "udid": "x", "prepare": { "pin": "${env:PHONE_PIN}" } }] }'
    const pinOf = (env: Record<string, string>): unknown => {
      const [device] = parseFarmConfig({ text, file: 'devices.json', drivers: [androidDriver], env }).devices
      return completeKeys(androidKeys.parse(device?.own)).prepare.pin
    }
    assert.equal(pinOf({ PHONE_PIN: '4711' }), '4711')
    assert.throws(() => pinOf({ PHONE_PIN: '47 11' }), /expected digits/)
    assert.throws(() => pinOf({}), /PHONE_PIN/)
  })

  it('locate the adb server as adb itself does', () => {
    assert.deepEqual(adbAddressOf({}, {}), adb)
    assert.deepEqual(adbAddressOf({}, { ANDROID_ADB_SERVER_PORT: '6037' }), { ...adb, port: 6037 })
    assert.deepEqual(adbAddressOf({ adb: { port: 7037 } }, { ANDROID_ADB_SERVER_PORT: '6037' }), { ...adb, port: 7037 })
    assert.deepEqual(adbAddressOf({ adb: { host: '10.0.0.5' } }, {}), { ...adb, host: '10.0.0.5' })
  })

  it('have a default each', () => {
    const { limits, prepare } = completeKeys({ health: { batteryPercent: 40 }, prepare: { stayAwake: false } })
    assert.deepEqual([limits.batteryPercent, limits.storageMb, limits.reboot], [40, 300, false])
    assert.deepEqual([prepare.stayAwake, prepare.animations], [false, false])
  })

  it('need reversed ports only for servers on this machine', () => {
    const servers = ['http://127.0.0.1:8080/', 'http://localhost:8080', 'https://localhost', 'http://10.0.0.5:9000']
    assert.deepEqual(loopbackPorts(servers), [8080, 443])
  })

  it("are quoted as one word of the phone's shell", () => {
    assert.equal(quote('com.example/.Main'), 'com.example/.Main')
    assert.equal(quote("it's; rm -rf $HOME"), String.raw`'it'\''s; rm -rf $HOME'`)
  })
})
