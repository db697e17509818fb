import assert from 'node:assert/strict'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { fakeDriver } from '../../../drivers/fake/fake-driver.js'
import type { ErrorRecord, RunEvent } from '../../../src/event/run-event.js'
import { withDriverHint } from '../../../src/host/driver-hints.js'

const unfit = {
  name: 'WebDriverError',
  message: "Original error: No Chromedriver found that can automate Chrome '121.0.6167'. You could …",
}
const ended = (error?: ErrorRecord): RunEvent => ({
  type: 'test:end',
  kind: 'test',
  title: ['pays'],
  state: 'failed',
  durationMs: 1,
  retry: 0,
  ...(error && { error }),
  module: '1',
  lease: '1',
  at: 0,
})
const explained = (event: RunEvent): RunEvent => withDriverHint(event, [fakeDriver, androidDriver])

describe('an error of a driver', () => {
  it('gets a hint if the driver has one', () => {
    const event = explained(ended(unfit))
    assert.ok(event.type === 'test:end')
    assert.match(event.error?.hint ?? '', /a ChromeDriver of version 121 /)
  })

  it("stays unchanged without a hint, and if it is Baton's own", () => {
    for (const error of [undefined, { ...unfit, message: 'no such element' }, { ...unfit, code: 'X', hint: 'do' }]) {
      assert.deepEqual(explained(ended(error)), ended(error))
    }
  })
})
