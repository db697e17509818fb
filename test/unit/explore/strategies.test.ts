import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ProfileRecorder, type Profile } from '../../../src/explore/profile.js'
import { createStrategy, type StrategyContext } from '../../../src/explore/strategies/create-strategy.js'
import { chainsOf, idsOf, runModel, type ModelChain } from './model.js'

const eightDecisions: Profile = { decisions: 8, chains: {} }
const names = ['natural', 'mix', 'random', 'pos', 'surw', 'pct:3', 'delay:2']

function order(chains: readonly ModelChain[], strategy: string, context: StrategyContext): string {
  return idsOf(runModel(chains, createStrategy(strategy, context))).join(' ')
}

/** How often each order came, of so many seeds. */
function orders(
  chains: readonly ModelChain[],
  strategy: string,
  seeds: number,
  profile?: Profile,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < seeds; seed++) {
    const found = order(chains, strategy, { seed, profile: profile ?? eightDecisions })
    counts.set(found, (counts.get(found) ?? 0) + 1)
  }
  return counts
}

function profileOf(chains: readonly ModelChain[]): Profile {
  const recorder = new ProfileRecorder()
  for (const { operation, enabled } of runModel(chains, createStrategy('natural', { seed: 0 }))) {
    recorder.ran(operation, enabled)
  }
  return recorder.profile()
}

describe('strategies', () => {
  const models = fc
    .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
    .map(lengths => chainsOf(...lengths))

  it('make the same choices for the same seed', () => {
    fc.assert(
      fc.property(models, fc.constantFrom(...names), fc.nat(), (chains, name, seed) => {
        const profile = profileOf(chains)
        assert.equal(order(chains, name, { seed, profile }), order(chains, name, { seed, profile }))
        assert.equal(order(chains, name, { seed }), order(chains, name, { seed }))
      }),
    )
  })

  it('run every operation once, and those of a chain in their order', () => {
    fc.assert(
      fc.property(models, fc.constantFrom(...names), fc.nat(), (chains, name, seed) => {
        const ran = order(chains, name, { seed }).split(' ')
        assert.equal(ran.length, new Set(ran).size)
        for (const chain of chains) {
          const ids = chain.map(({ id }) => id)
          assert.deepEqual(
            ran.filter(id => ids.includes(id)),
            ids,
          )
        }
      }),
    )
  })

  for (const name of ['mix', 'random', 'pos', 'surw', 'pct:4', 'delay:3']) {
    it(`${name} finds every order of two short chains`, () => {
      assert.equal(orders(chainsOf(2, 2), name, 1_000).size, 6)
    })
  }

  it('natural takes the first that can happen', () => {
    assert.equal(order(chainsOf(2, 2), 'natural', { seed: 3 }), 'a1 a2 b1 b2')
  })

  it('mix runs the first seed of the exploration in natural order', () => {
    assert.equal(order(chainsOf(4, 4), 'mix', { seed: 20, firstSeed: 20 }), 'a1 a2 a3 a4 b1 b2 b3 b4')
    assert.notEqual(order(chainsOf(4, 4), 'mix', { seed: 20, firstSeed: 0 }), 'a1 a2 a3 a4 b1 b2 b3 b4')
  })

  it('pct switches between chains as often as the depth allows', () => {
    const switches = (found: string): number =>
      found.split(' ').filter((id, i, all) => i > 0 && id[0] !== all[i - 1]?.[0]).length
    for (let seed = 0; seed < 200; seed++) {
      assert.equal(switches(order(chainsOf(6, 6, 6), 'pct:1', { seed })), 2, 'a chain runs to its end')
      assert.ok(switches(order(chainsOf(6, 6, 6), 'pct:2', { seed })) <= 3)
    }
  })

  it('delay keeps the natural order, but for the delayed ones', () => {
    for (let seed = 0; seed < 200; seed++) {
      const ran = order(chainsOf(1, 1, 1, 1, 1, 1, 1, 1), 'delay:2', { seed, profile: eightDecisions }).split(' ')
      const descents = ran.filter((id, i) => i > 0 && id < (ran[i - 1] ?? '')).length
      assert.ok(descents <= 2, ran.join(' '))
    }
  })

  it('delay tries each pair of dependent operations in the other order, with a profile', () => {
    fc.assert(
      fc.property(models, fc.nat(), (chains, firstSeed) => {
        const profile = profileOf(chains)
        const pairs = profile.reversals ?? []
        const tried = pairs.filter(({ operation, until }, i) => {
          const ran = order(chains, 'delay:2', { seed: firstSeed + 1 + i, firstSeed, profile }).split(' ')
          return ran.indexOf(until) < ran.indexOf(operation)
        })
        assert.equal(tried.length, pairs.length)
      }),
    )
  })

  it('delay tries unlikely pairs last, each in every eighth iteration, or at once if there are few others', () => {
    const chains = chainsOf(1, 1, 1, 1)
    const pairOf = (hold: string) => ({ operation: hold.charAt(0) + 1, until: hold.charAt(1) + 1 })
    const unlikelyReversals = ['ad', 'bd'].map(pairOf)
    const orderAt = (position: number, likely: readonly string[]): string => {
      const profile = { ...eightDecisions, reversals: likely.map(pairOf), unlikelyReversals }
      return order(chains, 'delay:2', { seed: 1 + position, firstSeed: 0, profile })
    }
    assert.deepEqual(
      [0, 1, 2, 10, 18].map(position => orderAt(position, ['ab', 'bc', 'ac'])),
      ['b1 a1 c1 d1', 'a1 c1 b1 d1', 'b1 c1 a1 d1', 'b1 c1 d1 a1', 'a1 c1 d1 b1'],
    )
    for (const position of [3, 9, 11, 17, 19, 26, 34]) assert.match(orderAt(position, ['ab', 'bc', 'ac']), / d1$/)
    assert.deepEqual(
      [0, 1, 2].map(position => orderAt(position, ['ab'])),
      ['b1 a1 c1 d1', 'b1 c1 d1 a1', 'a1 c1 d1 b1'],
    )
  })

  it('mix finds what happens if one operation overtakes another, within few iterations', () => {
    const chains = chainsOf(9, 1, 1)
    const profile = profileOf(chains)
    const isBug = (found: string): boolean => found.startsWith('a1 a2 a3 a4 a5 a6 a7 a8 a9 c1 b1')
    const seeds = Array.from({ length: 40 }, (_, i) => 1_000 + i)
    const mix = seeds.filter(seed => isBug(order(chains, 'mix', { seed, firstSeed: 1_000, profile })))
    const random = seeds.filter(seed => isBug(order(chains, 'random', { seed, profile })))
    assert.ok(mix.length > 0)
    assert.equal(random.length, 0)
  })

  it('pos is as likely to run either of two dependent operations first', () => {
    const counts = orders([[{ id: 'a' }], [{ id: 'b' }]], 'pos', 1_000)
    assert.ok((counts.get('a b') ?? 0) > 400 && (counts.get('b a') ?? 0) > 400, JSON.stringify([...counts]))
  })
})

describe('the strategy surw', () => {
  it('finds each order of a long and a short chain about equally often, as random does not', () => {
    const chains = chainsOf(1, 7)
    const last = 'b1 b2 b3 b4 b5 b6 b7 a1'
    const uniform = orders(chains, 'surw', 1_600, profileOf(chains))
    assert.equal(uniform.size, 8)
    assert.ok(
      [...uniform.values()].every(count => count > 140 && count < 260),
      [...uniform.values()].join(),
    )
    assert.ok((orders(chains, 'random', 1_600).get(last) ?? 0) < 40)
  })

  it('orders what happens at one place evenly, however much happens elsewhere', () => {
    const own = (role: string, count: number): ModelChain =>
      Array.from({ length: count }, (_, i) => ({ id: `${role}${i}`, entity: role }))
    const chains = [
      [...own('alice', 9), { id: 'A' }],
      [{ id: 'B' }, ...own('bob', 9)],
    ]
    const first = (strategy: string, profile?: Profile): number =>
      [...orders(chains, strategy, 1_000, profile)].reduce(
        (sum, [found, count]) => sum + (found.indexOf('A') < found.indexOf('B') ? count : 0),
        0,
      )
    assert.ok(first('surw', profileOf(chains)) > 400)
    assert.ok(first('random') < 20)
  })

  it('works with a profile of other operations', () => {
    const counts = orders(chainsOf(2, 2), 'surw', 500, profileOf(chainsOf(9, 1, 4)))
    assert.equal(counts.size, 6)
  })
})
