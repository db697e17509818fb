import assert from 'node:assert/strict'
import { deviceOfferSchema, type DeviceOffer } from '../../../src/host/device/device-offer.js'
import { webdriverKeys } from '../../../src/device/farm-schema.js'

const offer: Required<DeviceOffer> = {
  device: { name: 'alice', labels: ['phone'], platform: 'android', udid: 'R58' },
  session: { id: 's1', capabilities: { browserName: 'chrome' } },
  gateway: { protocol: 'http', hostname: '10.0.0.7', port: 4723, path: '/' },
  headers: { 'x-baton-lease': '1.ab' },
  webdriver: {
    baseUrl: '${server:shop}',
    waitforTimeout: 1,
    waitforInterval: 2,
    connectionRetryTimeout: 3,
    connectionRetryCount: 4,
    logLevel: 'warn',
  },
  reset: 'app',
  video: 'on',
}

describe("another host's offer of a device", () => {
  it('is read in full', () => {
    assert.deepEqual(deviceOfferSchema.parse(JSON.parse(JSON.stringify(offer))), offer)
    assert.deepEqual(Object.keys(offer.webdriver).sort(), Object.keys(webdriverKeys).sort())
  })

  it('is refused if something is missing', () => {
    const { session: _, ...others } = offer
    assert.equal(deviceOfferSchema.safeParse(others).success, false)
  })
})
