import assert from 'node:assert/strict'
import { Seat } from '../../../src/host/gateway/gateway-seat.js'

const nobodyVouches = (): Promise<boolean> => Promise.resolve(false)

describe('the seat of a device', () => {
  it('is not given to a lease below its fence', async () => {
    const seat = new Seat('alice')
    seat.grant('10')
    seat.raiseFence('12')
    // its lead hears a moment later that the lease is over
    assert.equal(seat.grant('11'), false)
    assert.equal(seat.claim.lease, undefined)
    assert.equal(await seat.admits('11', nobodyVouches), false)
    assert.equal(seat.grant('12'), true)
    assert.equal(seat.claim.lease, '12')
    // asked for once more, and too late
    assert.equal(seat.grant('12'), true)
    assert.equal(seat.grant('10'), false)
  })
})
