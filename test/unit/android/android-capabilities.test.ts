import assert from 'node:assert/strict'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { androidCapabilities } from '../../../drivers/android/session/android-capabilities.js'
import { adbAddressOf, androidKeys, completeKeys } from '../../../drivers/android/android-keys.js'
import { loopbackPorts } from '../../../drivers/android/adb/reversed-ports.js'
import { quote } from '../../../drivers/android/apps/android-reset.js'
import { parseFarmConfig } from '../../../src/device/farm-config.js'

const adb = { host: '127.0.0.1', port: 5037 }

describe("an Android session's capabilities", () => {
  it('name the phone and the adb server, which is never killed', () => {
    const capabilities = androidCapabilities({ udid: 'emulator-5554', adb: { ...adb, port: 6037 } }, {})
    assert.equal(capabilities['appium:udid'], 'emulator-5554')
    assert.equal(capabilities['appium:adbPort'], 6037)
    assert.equal(capabilities['appium:suppressKillServer'], true)
    assert.ok(!('appium:remoteAdbHost' in capabilities))
    assert.ok(!('appium:systemPort' in capabilities), 'each opening has one of its own')
  })

  it('name where ChromeDrivers are, but not on the machine of a foreign Appium server', () => {
    const parts = { udid: 'x', adb }
    const named = androidCapabilities({ ...parts, chromedrivers: '/phone/chromedrivers' }, {})
    assert.equal(named['appium:chromedriverExecutableDir'], '/phone/chromedrivers')
    assert.ok(!('appium:chromedriverExecutableDir' in androidCapabilities(parts, {})))
  })

  it('name another host of adb, and let those of devices.json win', () => {
    const capabilities = androidCapabilities(
      { udid: 'x', adb: { ...adb, host: '10.0.0.5' } },
      { 'appium:noReset': false },
    )
    assert.equal(capabilities['appium:remoteAdbHost'], '10.0.0.5')
    assert.equal(capabilities['appium:noReset'], false)
  })
})

describe('keys of an Android device', () => {
  it('take the PIN from the environment, and no other than a phone can have', () => {
    const text =
      '{ "devices": [{ "name": "alice", "driver": "android", "udid": "x", "prepare": { "pin": "${env:PHONE_PIN}" } }] }'
    const pinOf = (env: Record<string, string>): unknown => {
      const [device] = parseFarmConfig({ text, file: 'devices.json', drivers: [androidDriver], env }).devices
      return completeKeys(androidKeys.parse(device?.own)).preparation.pin
    }
    assert.equal(pinOf({ PHONE_PIN: '4711' }), '4711')
    assert.throws(() => pinOf({ PHONE_PIN: '47 11' }), /expected digits/)
    assert.throws(() => pinOf({}), /PHONE_PIN/)
  })

  it('find the adb server where adb itself would', () => {
    assert.deepEqual(adbAddressOf({}, {}), adb)
    assert.deepEqual(adbAddressOf({}, { ANDROID_ADB_SERVER_PORT: '6037' }), { ...adb, port: 6037 })
    assert.deepEqual(adbAddressOf({ adb: { port: 7037 } }, { ANDROID_ADB_SERVER_PORT: '6037' }), { ...adb, port: 7037 })
    assert.deepEqual(adbAddressOf({ adb: { host: '10.0.0.5' } }, {}), { ...adb, host: '10.0.0.5' })
  })

  it('have defaults, one by one', () => {
    const { limits, preparation } = completeKeys({ health: { batteryPercent: 40 }, prepare: { stayAwake: false } })
    assert.deepEqual([limits.batteryPercent, limits.storageMb, limits.reboot], [40, 300, false])
    assert.deepEqual([preparation.stayAwake, preparation.animations], [false, false])
  })

  it('need a tunnel for servers of this machine alone', () => {
    const servers = ['http://127.0.0.1:8080/', 'http://localhost:8080', 'https://localhost', 'http://10.0.0.5:9000']
    assert.deepEqual(loopbackPorts(servers), [8080, 443])
  })

  it('stand as one word in the shell of a phone', () => {
    assert.equal(quote('com.example/.Main'), 'com.example/.Main')
    assert.equal(quote("it's; rm -rf $HOME"), String.raw`'it'\''s; rm -rf $HOME'`)
  })
})
