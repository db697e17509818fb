import assert from 'node:assert/strict'
import { DeviceSlot } from '../../../src/host/gateway/gateway-device-slot.js'

const nobodyVouches = (): Promise<boolean> => Promise.resolve(false)

describe('the slot of a device', () => {
  it('is not given to a lease below its fence', async () => {
    const slot = new DeviceSlot('alice')
    slot.grant('10')
    slot.revokeBefore('12')
    // its lead hears a moment later that the lease is over
    assert.equal(slot.grant('11'), false)
    assert.equal(slot.claim.lease, undefined)
    assert.equal(await slot.admits('11', nobodyVouches), false)
    assert.equal(slot.grant('12'), true)
    assert.equal(slot.claim.lease, '12')
    // asked for once more, and too late
    assert.equal(slot.grant('12'), true)
    assert.equal(slot.grant('10'), false)
  })
})
