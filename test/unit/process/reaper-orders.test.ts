import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { applyOrder, ordersFor, type Estate, type ReaperOrder } from '../../../src/process/reaper-orders.js'

const order: fc.Arbitrary<ReaperOrder> = fc.oneof(
  fc.record({ order: fc.constantFrom('watch-group', 'forget-group'), pgid: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ order: fc.constantFrom('watch-directory', 'forget-directory'), path: fc.constantFrom('/a', '/b c') }),
  fc.record({ order: fc.constantFrom('watch-claim', 'forget-claim'), path: fc.constantFrom('/a/x', '/b/y') }),
)
const empty = (): Estate => ({ groups: new Set(), directories: new Set(), claims: new Set() })

describe('reaper orders', () => {
  it('a new reaper is told exactly what the old one watched', () => {
    fc.assert(
      fc.property(fc.array(order), orders => {
        const estate = empty()
        for (const order of orders) applyOrder(estate, order)
        const rebuilt = empty()
        for (const order of ordersFor(estate)) applyOrder(rebuilt, order)
        assert.deepEqual(rebuilt, estate)
      }),
    )
  })

  it('what was forgotten last is not watched', () => {
    const estate = empty()
    applyOrder(estate, { order: 'watch-group', pgid: 7 })
    applyOrder(estate, { order: 'watch-directory', path: '/x y' })
    applyOrder(estate, { order: 'forget-group', pgid: 7 })
    assert.deepEqual(estate, { groups: new Set(), directories: new Set(['/x y']), claims: new Set() })
  })
})
