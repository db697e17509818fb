import assert from 'node:assert/strict'
import { deviceNameFor, labelsFromProperties, matchesLabels } from '../../../drivers/android/phone-labels.js'
import { namePattern } from '../../../src/device/schema-parts.js'

const properties = {
  'ro.build.version.sdk': '34',
  'ro.product.model': 'Pixel 8, Pro',
  'ro.product.manufacturer': '',
  'ro.product.brand': 'google',
  'ro.product.cpu.abi': 'arm64-v8a',
  'ro.build.characteristics': 'nosdcard,tablet',
}

describe('phone labels', () => {
  it('come from its properties, without commas', () => {
    assert.deepEqual(labelsFromProperties(properties), [
      'sdk=34',
      'model=Pixel 8 Pro',
      'manufacturer=google',
      'abi=arm64-v8a',
      'formFactor=tablet',
    ])
    assert.deepEqual(labelsFromProperties({}), ['formFactor=phone'])
  })

  it('match if every key matches', () => {
    const labels = labelsFromProperties(properties)
    assert.ok(matchesLabels(labels, {}))
    assert.ok(matchesLabels(labels, { sdk: '34', formFactor: 'tablet' }))
    assert.ok(!matchesLabels(labels, { sdk: '34', formFactor: 'phone' }))
  })

  it('give a discovered phone a valid device name', () => {
    for (const udid of ['emulator-5554', '192.168.1.7:5555', 'R5CT30 ÄB', 'x'.repeat(80)]) {
      assert.match(deviceNameFor('lab', udid), namePattern)
    }
    assert.equal(deviceNameFor('lab', '192.168.1.7:5555'), 'lab-192.168.1.7-5555')
  })
})
