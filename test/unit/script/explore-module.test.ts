import assert from 'node:assert/strict'
import type { ExploreTask } from '../../../src/explore/explore-task.js'
import type { Iteration } from '../../../src/explore/iteration.js'
import { ExploreModule } from '../../../src/script/explore/explore-module.js'
import { recordProfile } from '../../../src/script/explore/explored-iteration.js'
import { iterationWith } from '../explore/iterations.js'
import { chainsOf, idsOf, runModel } from '../explore/model.js'

type ExploreOnly = Extract<ExploreTask, { do: 'explore' }>

const task: ExploreOnly = {
  do: 'explore',
  strategy: 'random',
  firstSeed: 5,
  iterations: 4,
  budgetMs: 60_000,
  maxDecisions: 100,
  untilBug: false,
}

/** Explores a model of a module, which has two chains of two operations. */
async function explore(parts: Partial<ExploreOnly>): Promise<{ iterations: Iteration[]; orders: string[] }> {
  const iterations: Iteration[] = []
  const orders: string[] = []
  const module = new ExploreModule(
    ({ purpose, seed, strategy, choose }) => {
      const recorded = recordProfile(choose)
      const steps = runModel(chainsOf(2, 2), recorded)
      orders.push(idsOf(steps).join(' '))
      const iteration = iterationWith({ purpose, seed, strategy })
      return Promise.resolve({ iteration, failure: undefined, steps: [], profile: recorded.profile() })
    },
    event => {
      if (event.type === 'explore:iteration') iterations.push(event.iteration)
    },
  )
  await module.run({ ...task, ...parts })
  return { iterations, orders }
}

describe('ExploreModule', () => {
  it('runs each seed once, and reports the size of the module that the first one shows', async () => {
    const { iterations, orders } = await explore({})
    assert.deepEqual(
      iterations.map(({ seed, strategy }) => [seed, strategy]),
      [
        [5, 'natural'],
        [6, 'random'],
        [7, 'random'],
        [8, 'random'],
      ],
    )
    assert.equal(orders[0], 'a1 a2 b1 b2')
    const { decisions, chains } = iterations[0]?.profile ?? {}
    assert.deepEqual({ decisions, chains }, { decisions: 2, chains: { a1: { server: 2 }, b1: { server: 2 } } })
    assert.ok(iterations.slice(1).every(({ profile }) => profile === undefined))
  })

  it('gives a seed the same order, whichever task it belongs to', async () => {
    for (const strategy of ['mix', 'random', 'surw', 'pct:2', 'delay:1']) {
      const whole = await explore({ strategy, iterations: 12 })
      const { profile } = whole.iterations[0]!
      const part = await explore({ strategy, firstSeed: 9, iterations: 5, explorationSeed: 5, profile: profile! })
      assert.deepEqual(part.orders, whole.orders.slice(4, 9), strategy)
    }
  })

  it('tries all orders, then ends and says so', async () => {
    const { iterations, orders } = await explore({ strategy: 'enumerate', iterations: 100 })
    assert.equal(new Set(orders).size, 6)
    assert.equal(orders.length, 6)
    assert.deepEqual(
      iterations.map(({ enumerated }) => enumerated),
      [2, 2, 1, 2, 1, 0].map((left, i) => ({ left, points: i === 0 ? 2 : 3 })),
    )
  })
})
