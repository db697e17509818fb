import assert from 'node:assert/strict'
import { assertNotLost } from '../../../../src/script/explore/lost-device.js'

describe('a failure of an iteration', () => {
  const name = 'Error'

  it('says nothing about the app if a session or host is gone', () => {
    for (const error of [
      { name, message: 'invalid session id: it ended' },
      { name, message: 'WebDriverError: session deleted because of page crash when running "url"' },
      { name, code: 'BATON_DEVICE_LOST', message: 'the host of bob does not answer' },
    ]) {
      assert.throws(() => assertNotLost(error), { code: 'BATON_DEVICE_LOST', message: error.message })
    }
  })

  it('is one of the app whatever texts a test compares', () => {
    assertNotLost({
      name,
      message: 'Expect $(`#state`) to have text\n\nExpected: "on"\nReceived: "invalid session id"',
    })
    assertNotLost({ name, message: 'invalid session id', expected: 'a', actual: 'invalid session id' })
    assertNotLost({ name, message: 'bob is disconnected' })
    assertNotLost({ name, message: 'fetch failed: ECONNREFUSED' })
  })
})
