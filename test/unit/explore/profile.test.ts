import assert from 'node:assert/strict'
import { isSmall, orderCount, ProfileRecorder } from '../../../src/explore/profile.js'
import { createStrategy } from '../../../src/explore/strategies/create-strategy.js'
import { chainsOf, runModel, type ModelChain } from './model.js'

function recorded(chains: readonly ModelChain[], strategy: string, seed: number) {
  const recorder = new ProfileRecorder()
  for (const { operation, enabled } of runModel(chains, createStrategy(strategy, { seed })))
    recorder.ran(operation, enabled)
  return recorder.profile()
}

describe('a profile', () => {
  const chains: ModelChain[] = [
    [{ id: 'a1', entity: 'alice' }, { id: 'a2' }],
    [{ id: 'b1', entity: 'bob' }, { id: 'b2' }],
  ]

  it('counts what ran from the first decision on, by chain and entity', () => {
    assert.deepEqual(recorded(chains, 'natural', 0), {
      decisions: 2,
      chains: { a1: { alice: 1, server: 1 }, b1: { bob: 1, server: 1 } },
      reversals: [{ operation: 'a2', until: 'b2' }],
    })
    assert.deepEqual(recorded(chainsOf(3), 'natural', 0), { decisions: 0, chains: {}, reversals: [] })
  })

  it('has each pair that could change places: messages before commands, neighbours first', () => {
    const mixed: ModelChain[] = [
      [{ id: 'command', kind: 'command' }],
      [{ id: 'poll', kind: 'poll' }],
      ...chainsOf(2, 1),
    ]
    assert.deepEqual(
      recorded(mixed, 'natural', 0).reversals?.map(({ operation, until }) => `${operation} ${until}`),
      ['a2 b1', 'a1 b1', 'command a1', 'command a2', 'command b1'],
    )
  })

  it('says whether all orders can be tried', () => {
    const of = (...lengths: number[]) => ({
      decisions: 0,
      chains: Object.fromEntries(lengths.map((n, i) => [`c${i}`, { server: n }])),
    })
    assert.equal(isSmall(of(5, 5)), true)
    assert.equal(isSmall(of(6, 6)), false)
    assert.equal(isSmall(of()), true)
  })
})

describe('orderCount', () => {
  it('is the number of interleavings', () => {
    assert.equal(orderCount([]), 1)
    assert.equal(orderCount([5]), 1)
    assert.equal(orderCount([5, 5]), 252)
    assert.equal(orderCount([6, 6]), 924)
    assert.equal(orderCount([2, 2, 2]), 90)
    assert.equal(orderCount([1_000, 1_000]), Infinity)
  })
})
