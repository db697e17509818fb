import assert from 'node:assert/strict'
import { DeviceSlot } from '../../../src/host/gateway/gateway-device-slot.js'

const neverVerified = (): Promise<boolean> => Promise.resolve(false)

describe('the slot of a device', () => {
  it('refuses a lease below the minimum', async () => {
    const slot = new DeviceSlot('alice')
    slot.grant('10')
    slot.revokeBefore('12')
    // its lead host learns a moment later that the lease is over
    assert.equal(slot.grant('11'), false)
    assert.equal(slot.claim.lease, undefined)
    assert.equal(await slot.admits('11', neverVerified), false)
    assert.equal(slot.grant('12'), true)
    assert.equal(slot.claim.lease, '12')
    // granted again, and too late
    assert.equal(slot.grant('12'), true)
    assert.equal(slot.grant('10'), false)
  })
})
