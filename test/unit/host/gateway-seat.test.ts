import assert from 'node:assert/strict'
import { Seat } from '../../../src/host/gateway/gateway-seat.js'

const nobodyVouches = (): Promise<boolean> => Promise.resolve(false)

describe('the seat of a device', () => {
  it('is not given to a lease below its fence', async () => {
    const seat = new Seat('alice')
    seat.grant('10')
    seat.raiseFence('12')
    // its lead hears a moment later that the lease is over
    seat.grant('11')
    assert.equal(seat.claim.lease, undefined)
    assert.equal(await seat.admits('11', nobodyVouches), false)
    seat.grant('12')
    assert.equal(seat.claim.lease, '12')
  })
})
