import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Operation } from '../../../src/explore/operation.js'
import { dependsOn, partialOrderHash } from '../../../src/explore/partial-order.js'
import { operationOf } from './model.js'

/** Operations of up to three chains on up to three entities, with unique ids. */
const orders = fc
  .array(fc.record({ chain: fc.nat(2), entity: fc.nat(2), poll: fc.boolean() }), { minLength: 2, maxLength: 12 })
  .map(all =>
    all.map(({ chain, entity, poll }, i) =>
      operationOf({ id: `op${i}`, entity: `entity ${entity}`, kind: poll ? 'poll' : 'request' }, `chain ${chain}`, i),
    ),
  )

function swapped(order: readonly Operation[], at: number): Operation[] {
  return order.with(at, order[at + 1]!).with(at + 1, order[at]!)
}

describe('partialOrderHash', () => {
  it('stays the same if neighbours that are independent change places, and only then', () => {
    fc.assert(
      fc.property(orders, fc.nat(), (order, n) => {
        const at = n % (order.length - 1)
        const same = partialOrderHash(order) === partialOrderHash(swapped(order, at))
        assert.equal(same, !dependsOn(order[at]!, order[at + 1]!))
      }),
    )
  })

  it('does not depend on how chains are called', () => {
    fc.assert(
      fc.property(orders, order => {
        const renamed = order.map(each => ({ ...each, chain: `c${9 - Number(each.chain.slice(6))}` }))
        assert.equal(partialOrderHash(renamed), partialOrderHash(order))
      }),
    )
  })

  it('changes with the operations', () => {
    fc.assert(
      fc.property(orders, order => {
        assert.notEqual(partialOrderHash(order.slice(1)), partialOrderHash(order))
      }),
    )
  })

  it('does not count how often a wait looks while nothing happens to its device, but knows what it saw', () => {
    const poll = (n: number): Operation =>
      operationOf({ id: n === 1 ? 'alice~poll' : `alice~poll #${n}`, kind: 'poll', entity: 'alice' }, 'alice')
    const message = operationOf({ id: 'alice<received /chat read', kind: 'received', entity: 'alice' }, 'chain 1')
    assert.equal(partialOrderHash([poll(1), message, poll(2)]), partialOrderHash([poll(1), poll(2), message, poll(3)]))
    assert.notEqual(partialOrderHash([poll(1), message]), partialOrderHash([message, poll(1)]))
  })
})
