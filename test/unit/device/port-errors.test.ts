import assert from 'node:assert/strict'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import { parseFarmConfig } from '../../../src/device/farm-config.js'
import { BatonErrors } from '../../../src/error/baton-error.js'

/** One device a line, from the second line on. */
function errorsOf(entries: readonly object[], top: object = {}): string[] {
  const lines = entries.map((entry, index) => JSON.stringify({ name: 'abc'[index], driver: 'android', ...entry }))
  const rest = Object.entries(top).map(([key, value]) => `,\n"${key}": ${JSON.stringify(value)}`)
  const text = `{ "devices": [\n${lines.join(',\n')}]${rest.join('')} }`
  try {
    parseFarmConfig({ text, file: 'devices.json', drivers: [androidDriver, chromiumDriver], env: {} })
    return []
  } catch (error) {
    assert(error instanceof BatonErrors, String(error))
    return error.errors.map(({ message, place }) => `${place?.line}: ${message}`)
  }
}

const phone = (udid: string, capabilities: object = {}, more: object = {}) => ({ udid, capabilities, ...more })

describe('ports that capabilities fix', () => {
  it('are of one device each', () => {
    const ports = (port: number) => ({ 'appium:systemPort': port, 'appium:mjpegServerPort': port + 100 })
    assert.deepEqual(errorsOf([phone('1', ports(8200)), phone('2', ports(8201))]), [])
    assert.deepEqual(errorsOf([phone('1', ports(8200)), phone('2', ports(8200))]), [
      "3: 'capabilities.appium:systemPort' of device 'b': 8200 is the 'appium:systemPort' of device 'a' already at devices.json:2:79.",
      "3: 'capabilities.appium:mjpegServerPort' of device 'b': 8300 is the 'appium:mjpegServerPort' of device 'a' already at devices.json:2:109.",
    ])
  })

  it('are of one use each, and of one driver', () => {
    assert.match(
      errorsOf([
        phone('1', { 'appium:mjpegServerPort': 9515 }),
        { driver: 'chromium', capabilities: { 'appium:chromedriverPort': '9515' } },
      ]).join('\n'),
      /^3: .*: "9515" is the 'appium:mjpegServerPort' of device 'a' already/,
    )
    assert.match(
      errorsOf([phone('1', { 'appium:systemPort': 8200, 'appium:mjpegServerPort': 8200 })]).join('\n'),
      /8200 is the 'appium:systemPort' of device 'a' already/,
    )
  })

  it('may be lists of ports and of first and last ones, which no two devices share', () => {
    const list = (ports: unknown[]) => ({ 'appium:chromedriverPorts': ports })
    assert.deepEqual(errorsOf([phone('1', list([9000, [9010, 9019]])), phone('2', list([[9001, 9009], 9020]))]), [])
    assert.match(
      errorsOf([phone('1', list([9000, [9010, 9019]])), phone('2', { 'appium:chromedriverPort': 9015 })]).join('\n'),
      /9015 is the 'appium:chromedriverPorts' of device 'a' already/,
    )
  })

  it("can't be the same for all devices, which is reported once", () => {
    const all = { capabilities: { 'appium:chromedriverPort': 9515 } }
    assert.deepEqual(errorsOf([phone('1')], all), [])
    assert.deepEqual(errorsOf([phone('1'), phone('2'), phone('3')], all), [
      "5: 'capabilities.appium:chromedriverPort': 9515 is the 'appium:chromedriverPort' of device 'a' already.",
    ])
  })

  it("can't be fixed in an entry that stands for several phones", () => {
    assert.deepEqual(errorsOf([{ discover: true, capabilities: { 'appium:systemPort': 8200 } }]), [
      "2: 'capabilities.appium:systemPort' of device 'a': 8200 is for one device, and 'a' stands for several devices.",
    ])
  })

  it('may be the same on two machines', () => {
    const at = (url: string) => ({ appium: { url } })
    const port = { 'appium:systemPort': 8200 }
    assert.deepEqual(errorsOf([phone('1', port, at('http://a:4723')), phone('2', port, at('http://b:4723'))]), [])
    assert.equal(errorsOf([phone('1', port, at('http://a:4723')), phone('2', port, at('http://a:4723'))]).length, 1)
  })
})
