import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRandom, sample } from '../../../src/explore/random.js'

const maxSeed = Number.MAX_SAFE_INTEGER

describe('createRandom', () => {
  it('gives the same numbers in every version, on every platform', () => {
    const random = createRandom(1)
    assert.deepEqual(
      Array.from({ length: 8 }, () => random.below(1_000)),
      [150, 530, 21, 20, 667, 162, 454, 514],
    )
  })

  it('begins differently for each seed, also for large ones', () => {
    const seeds = [0, 1, 2, 3, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 40, maxSeed - 1, maxSeed]
    assert.equal(new Set(seeds.map(seed => createRandom(seed).next())).size, seeds.length)
  })

  it('spreads the first numbers of neighbouring seeds evenly', () => {
    const counts = [0, 0, 0, 0]
    for (let seed = 0; seed < 4_000; seed++) counts[createRandom(seed).below(4)]! += 1
    assert.ok(
      counts.every(count => count > 900 && count < 1_100),
      counts.join(),
    )
  })

  it('stays below the limit', () => {
    fc.assert(
      fc.property(fc.nat(maxSeed), fc.integer({ min: 1, max: 1_000 }), (seed, limit) => {
        const random = createRandom(seed)
        for (let i = 0; i < 20; i++) {
          const number = random.below(limit)
          assert.ok(Number.isInteger(number) && number >= 0 && number < limit)
        }
      }),
    )
  })
})

describe('sample', () => {
  it('has different numbers, and all of them if there are not more', () => {
    const random = createRandom(7)
    for (let i = 0; i < 100; i++) assert.equal(sample(random, 3, 5).size, 3)
    assert.deepEqual(sample(random, 9, 4), new Set([0, 1, 2, 3]))
  })
})
