import assert from 'node:assert/strict'
import { errorsOf, farm } from './errors-of.js'

describe('errors in devices.json', () => {
  it('never shows what came from the environment', () => {
    const secret = 'hunter2hunter2'
    const entry =
      '"appium": { "url": "${env:KEY}" }, "labels": ["${env:KEY},"], "emulation": { "deviceName": "${env:KEY}", "width": 1 }'
    const errors = errorsOf(farm(entry, '"redis": "${env:KEY}"'), { KEY: secret })
    assert.equal(errors.length, 4)
    assert(!errors.join().includes(secret), errors.join('\n'))
    assert.match(errors.join(), /\*\*\* has a width of its own/)
  })
})
