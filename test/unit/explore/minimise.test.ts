import assert from 'node:assert/strict'
import fc from 'fast-check'
import { holdsOf, type FoundHold, type Step } from '../../../src/explore/holds.js'
import { minimise } from '../../../src/explore/minimise.js'
import type { Hold } from '../../../src/explore/schedule.js'
import { createStrategy } from '../../../src/explore/strategies/create-strategy.js'
import { replayHolds } from '../../../src/explore/strategies/replay-holds.js'
import { chainsOf, idsOf, runModel, type ModelChain } from './model.js'

function stepsOf(chains: readonly ModelChain[], seed: number): Step[] {
  return runModel(chains, createStrategy('random', { seed })).map(({ operation, enabled }) => ({
    id: operation.id,
    enabled: enabled.map(({ id }) => id),
  }))
}

const hold = (n: number, ...weaker: string[]): FoundHold => ({ operation: `op${n}`, until: `end${n}`, weaker })

describe('holdsOf', () => {
  it('says the same as the order, for any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (lengths, seed) => {
          const steps = stepsOf(chainsOf(...lengths), seed)
          assert.deepEqual(
            idsOf(runModel(chainsOf(...lengths), replayHolds(holdsOf(steps)))),
            steps.map(({ id }) => id),
          )
        },
      ),
    )
  })

  it('has no holds for natural order', () => {
    assert.deepEqual(
      holdsOf([
        { id: 'a', enabled: ['a', 'b'] },
        { id: 'b', enabled: ['b'] },
      ]),
      [],
    )
  })

  it('holds until the last one that overtook, and knows the others; also what never ran', () => {
    const waiting = 'alice<POST /send'
    const overtaking = ['bob>POST /read', 'bob~poll', 'bob<POST /read', 'alice<received /chat read']
    assert.deepEqual(holdsOf(overtaking.map(id => ({ id, enabled: [waiting, id] }))), [
      {
        operation: waiting,
        until: 'alice<received /chat read',
        weaker: ['bob>POST /read', 'bob<POST /read'],
      },
    ])
  })
})

describe('minimise', () => {
  it('finds exactly the holds that are required, in at most 30 tries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.uniqueArray(fc.nat(19), { minLength: 1, maxLength: 3 }),
        async (count, chosen) => {
          const required = chosen.filter(n => n < count).map(n => `op${n}`)
          fc.pre(required.length > 0)
          let calls = 0
          const fails = (holds: readonly { operation: string }[]): Promise<boolean> => {
            calls++
            return Promise.resolve(required.every(id => holds.some(({ operation }) => operation === id)))
          }
          const result = await minimise(
            Array.from({ length: count }, (_, n) => hold(n)),
            fails,
            30,
          )
          assert.deepEqual(new Set(result.holds.map(({ operation }) => operation)), new Set(required))
          assert.equal(result.reproduced, true)
          assert.equal(result.tries, calls)
          assert.ok(calls <= 30, `${calls} tries`)
        },
      ),
    )
  })

  it('returns holds that made it fail, however the module behaves, and never tries the same twice', async () => {
    const sets = fc.uniqueArray(fc.nat(9), { maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(sets, { maxLength: 12 }),
        fc.integer({ min: 2, max: 30 }),
        async (failing, maxTries) => {
          const key = (numbers: readonly number[]): string => numbers.toSorted((a, b) => a - b).join()
          const all = Array.from({ length: 10 }, (_, n) => n)
          const known = new Set([key(all), ...failing.map(key)])
          const tried: string[] = []
          const fails = (holds: readonly { operation: string }[]): Promise<boolean> => {
            tried.push(key(holds.map(({ operation }) => Number(operation.slice(2)))))
            return Promise.resolve(known.has(tried.at(-1)!))
          }
          const { holds, reproduced } = await minimise(
            all.map(n => hold(n)),
            fails,
            maxTries,
          )
          assert.ok(reproduced)
          assert.ok(known.has(key(holds.map(({ operation }) => Number(operation.slice(2))))))
          assert.equal(new Set(tried).size, tried.length)
          assert.ok(tried.length <= maxTries)
        },
      ),
    )
  })

  it('ends a hold as early as possible', async () => {
    const untils = ['a', 'b', 'c', 'd', 'e']
    for (const needed of [...untils, 'end0']) {
      const order = [...untils, 'end0']
      const { holds } = await minimise(
        [hold(0, ...untils), hold(1)],
        holds =>
          Promise.resolve(
            holds.some(each => each.operation === 'op0' && order.indexOf(each.until) >= order.indexOf(needed)),
          ),
        30,
      )
      assert.deepEqual(holds, [{ operation: 'op0', until: needed }])
    }
  })

  it('leaves a hold out that an earlier end of another one makes superfluous', async () => {
    const order = ['bob says no', 'bob says yes']
    const [alice, bob] = [
      { operation: 'alice', until: 'bob says yes', weaker: ['bob says no'] },
      { operation: 'bob says no', until: 'bob says yes', weaker: [] },
    ]
    const fails = (holds: readonly Hold[]): Promise<boolean> => {
      const isEarly = holds.some(hold => hold.operation === 'alice' && hold.until === order[0])
      return Promise.resolve(isEarly || holds.length === 2)
    }
    const { holds } = await minimise([alice, bob], fails, 30)
    assert.deepEqual(holds, [{ operation: 'alice', until: 'bob says no' }])
  })

  it('rather waits for a message, which a regression test can do', async () => {
    const order = ['bob:elementClick #buy', 'bob>POST /buy', 'bob<POST /buy']
    const until = async (failing: readonly string[]): Promise<string | undefined> => {
      const fails = (holds: readonly Hold[]): Promise<boolean> =>
        Promise.resolve(holds.some(hold => failing.includes(hold.until)))
      const found = { operation: 'alice>POST /buy', until: order[2]!, weaker: order.slice(0, 2) }
      return (await minimise([found], fails, 30)).holds[0]?.until
    }
    assert.equal(await until(order), 'bob>POST /buy')
    assert.equal(await until(order.slice(1)), 'bob>POST /buy')
    assert.equal(await until([order[0]!, order[2]!]), 'bob<POST /buy')
  })

  it('needs no hold if natural order fails', async () => {
    const result = await minimise([hold(0)], () => Promise.resolve(true), 30)
    assert.deepEqual(result, { holds: [], tries: 1, reproduced: true })
  })

  it('says that it was not reproduced', async () => {
    const result = await minimise([hold(0), hold(1)], () => Promise.resolve(false), 30)
    assert.equal(result.reproduced, false)
    assert.equal(result.holds.length, 2)
    assert.equal(result.tries, 2)
  })

  it('passes an error of the run on', async () => {
    await assert.rejects(
      minimise([hold(0)], () => Promise.reject(new Error('device lost')), 30),
      /device lost/,
    )
  })

  it('reduces a failed order of a model to the hold that decides', async () => {
    const chains: ModelChain[] = chainsOf(5, 5)
    const isBug = (ids: readonly string[]): boolean => ids.indexOf('b4') < ids.indexOf('a3')
    const seed = Array.from({ length: 100 }, (_, i) => i).find(i => isBug(stepsOf(chains, i).map(({ id }) => id)))!
    const { holds } = await minimise(
      holdsOf(stepsOf(chains, seed)),
      holds => Promise.resolve(isBug(idsOf(runModel(chains, replayHolds(holds))))),
      30,
    )
    assert.equal(holds.length, 1)
    assert.equal(holds[0]?.until, 'b4')
  })
})
