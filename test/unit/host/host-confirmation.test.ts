import assert from 'node:assert/strict'
import { HostConfirmation } from '../../../src/host/allocation/host-confirmation.js'

describe('the confirmation of a host', () => {
  it('ends by the clock, and when the leases are lost', () => {
    let now = 100
    const confirmation = new HostConfirmation(() => now)
    assert.equal(confirmation.isCurrent, false)
    confirmation.extend(200)
    confirmation.extend(150)
    now = 199
    assert.equal(confirmation.isCurrent, true)
    now = 200
    assert.equal(confirmation.isCurrent, false)
    confirmation.extend(300)
    confirmation.end()
    assert.equal(confirmation.isCurrent, false)
  })
})
