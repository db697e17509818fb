import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import {
  delayPosition,
  formatStrategy,
  parseStrategy,
  strategyOfSeed,
} from '../../../src/explore/strategies/strategy-spec.js'

describe('parseStrategy', () => {
  it('reads names, and the number of pct and delay', () => {
    for (const text of ['mix', 'random', 'pos', 'surw', 'enumerate', 'natural', 'pct:4', 'delay:1']) {
      assert.equal(formatStrategy(parseStrategy(text)), text)
    }
    assert.deepEqual(parseStrategy('pct'), { name: 'pct', depth: 3 })
    assert.deepEqual(parseStrategy('delay'), { name: 'delay', delays: 2 })
  })

  const wrong: [text: string, message: RegExp, hint: string | undefined][] = [
    ['radnom', /expected a strategy \(mix, random, .*pct:N, .*\), found 'radnom'/, "did you mean 'random'?"],
    ['PCT:3', /found 'PCT:3'/, "did you mean 'pct'?"],
    ['xyz', /found 'xyz'/, undefined],
    ['', /found ''/, undefined],
    ['pos:3', /strategy 'pos' has no number, found 'pos:3'/, "write 'pos'"],
    ['pct:0', /expected 'pct:N' with N from 1 to 100, found 'pct:0'/, 'N is the depth of the bugs to look for: pct:3'],
    ['pct:', /found 'pct:'/, 'N is the depth of the bugs to look for: pct:3'],
    ['delay:1.5', /expected 'delay:N'/, 'N is the number of delays: delay:2'],
    ['delay:two', /found 'delay:two'/, 'N is the number of delays: delay:2'],
    ['delay:2:3', /found 'delay:2:3'/, 'N is the number of delays: delay:2'],
    ['delay:101', /from 1 to 100/, 'N is the number of delays: delay:2'],
  ]
  for (const [text, message, hint] of wrong) {
    it(`refuses '${text}'`, () => {
      assert.throws(
        () => parseStrategy(text),
        (error: unknown) => {
          assert.ok(error instanceof BatonError)
          assert.equal(error.code, 'BATON_USAGE')
          assert.match(error.message, message)
          assert.equal(error.hint, hint)
          return true
        },
      )
    })
  }
})

describe('the strategy mix', () => {
  const mix = parseStrategy('mix')
  const used = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => formatStrategy(strategyOfSeed(mix, from + i, 100)))

  const shares = (names: readonly string[]): Record<string, number> => {
    const counts = new Map<string, number>()
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
    return Object.fromEntries(counts)
  }

  it('is natural order once, then half delay as long as pairs are tried one by one, then half random', () => {
    assert.deepEqual(shares(used(100, 101)), { natural: 1 })
    assert.deepEqual(shares(used(104, 164)), { 'delay:2': 30, random: 15, pos: 15 })
    assert.deepEqual(shares(used(164, 564)), { random: 200, pos: 100, 'delay:2': 100 })
  })

  it('counts the iterations that use delay', () => {
    const positions = Array.from({ length: 200 }, (_, i) => 100 + i)
      .filter(seed => formatStrategy(strategyOfSeed(mix, seed, 100)) === 'delay:2')
      .map(seed => delayPosition(mix, seed, 100))
    assert.deepEqual(
      positions,
      positions.map((_, i) => i),
    )
    assert.deepEqual(
      [100, 101, 102].map(seed => delayPosition({ name: 'delay', delays: 1 }, seed, 100)),
      [0, 0, 1],
    )
  })

  it('is the same for a seed, whichever worker has it', () => {
    assert.deepEqual([...used(100, 110), ...used(110, 117), ...used(117, 130)], used(100, 130))
  })

  it('leaves other strategies as they are', () => {
    assert.deepEqual(strategyOfSeed({ name: 'pct', depth: 5 }, 100, 100), { name: 'pct', depth: 5 })
  })
})
