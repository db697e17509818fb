import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Strategy } from '../../../src/explore/operation.js'
import { partialOrderHash } from '../../../src/explore/partial-order.js'
import { Enumeration } from '../../../src/explore/strategies/enumeration.js'
import { chainsOf, idsOf, runModel, type ModelChain, type ModelStep } from './model.js'

/** Runs until the enumeration has nothing left. */
function enumerate(run: (strategy: Strategy) => ModelStep[], most = 2_000) {
  const enumeration = new Enumeration()
  const runs: ModelStep[][] = []
  for (let strategy = enumeration.next(); strategy; strategy = enumeration.next()) {
    runs.push(run(strategy))
    assert.ok(runs.length <= most, 'it ends')
  }
  return { enumeration, runs }
}

/** Every order of the chains, without any reduction. */
function allOrders(chains: readonly ModelChain[]): ModelStep[][] {
  const orders: ModelStep[][] = []
  const visit = (prefix: readonly number[]): void => {
    let step = 0
    const widths: number[] = []
    const steps = runModel(chains, {
      pick: enabled => {
        widths.push(enabled.length)
        return enabled[prefix[step++] ?? 0]!
      },
    })
    orders.push(steps)
    for (let depth = prefix.length; depth < widths.length; depth++) {
      const zeros = Array.from({ length: depth - prefix.length }, () => 0)
      for (let option = 1; option < widths[depth]!; option++) visit([...prefix, ...zeros, option])
    }
  }
  visit([])
  return orders
}

const hashOf = (steps: readonly ModelStep[]): string => partialOrderHash(steps.map(({ operation }) => operation))
const distinct = (orders: readonly string[]): number => new Set(orders).size

describe('Enumeration', () => {
  it('begins with natural order, tries every order once, and then is complete', () => {
    const { enumeration, runs } = enumerate(strategy => runModel(chainsOf(3, 3), strategy))
    assert.deepEqual(idsOf(runs[0]!), ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    assert.equal(runs.length, 20)
    assert.equal(distinct(runs.map(run => idsOf(run).join())), 20)
    assert.equal(enumeration.left, 0)
    assert.equal(enumeration.points, 5)
  })

  it('tries one order of operations that are independent', () => {
    const own = (entity: string): ModelChain => [1, 2, 3].map(n => ({ id: `${entity}${n}`, entity }))
    assert.ok(enumerate(strategy => runModel([own('a'), own('b'), own('c')], strategy)).runs.length < 30)
  })

  it('finds every partial order, as trying all orders does', () => {
    const chain = (maxLength: number) => fc.array(fc.nat(2), { minLength: 1, maxLength })
    const models = fc.oneof(
      fc.array(chain(2), { minLength: 1, maxLength: 3 }),
      fc.array(chain(4), { minLength: 1, maxLength: 2 }),
    )
    fc.assert(
      fc.property(models, entities => {
        const chains = entities.map((each, i) => each.map((entity, n) => ({ id: `${i}-${n}`, entity: `e${entity}` })))
        const { runs, enumeration } = enumerate(strategy => runModel(chains, strategy))
        const all = allOrders(chains)
        assert.equal(distinct(runs.map(hashOf)), distinct(all.map(hashOf)))
        assert.ok(runs.length <= all.length)
        assert.equal(enumeration.left, 0)
      }),
      { numRuns: 60 },
    )
  })

  it('knows how much is left at least', () => {
    const enumeration = new Enumeration()
    runModel(chainsOf(2, 2), enumeration.next()!)
    assert.equal(enumeration.left, 2)
    const second = enumeration.next()!
    assert.equal(enumeration.left, 2, 'the current one is not tried yet')
    runModel(chainsOf(1), second)
    assert.equal(enumeration.left, 2, 'it could not be repeated')
  })

  it('ends, and is not complete, if an order can not be repeated', () => {
    let calls = 0
    // The first iteration shows an operation that never comes again.
    const { enumeration, runs } = enumerate(strategy =>
      runModel(calls++ === 0 ? chainsOf(1, 1, 1) : chainsOf(1, 1), strategy),
    )
    assert.ok(enumeration.left > 0)
    assert.ok(runs.length < 12)
  })

  it('also tries what appears later', () => {
    let calls = 0
    const { runs } = enumerate(strategy => runModel(calls++ === 0 ? chainsOf(1, 1) : chainsOf(1, 1, 1), strategy))
    assert.ok(runs.some(run => idsOf(run)[0] === 'c1'))
    assert.ok(distinct(runs.map(run => idsOf(run).join())) >= 4)
  })
})
