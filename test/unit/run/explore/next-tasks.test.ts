import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Exploration } from '../../../../src/explore/exploration.js'
import type { ExploreTask } from '../../../../src/explore/explore-task.js'
import { minimiseTasks, nextTasks, type ExploreProgress } from '../../../../src/run/explore/next-tasks.js'
import { failureOf, iterationOf, schedule } from './iterations.js'

const request = {
  strategy: 'mix',
  seed: 100,
  iterations: 40,
  untilBug: true,
  maxDecisions: 500,
  failOnFlakyServer: false,
}

function progressOf(given: Partial<ExploreProgress> = {}): ExploreProgress {
  return { request, exploration: new Exploration(), parallel: 1, leftMs: Infinity, exhausted: false, ...given }
}

function explored(...seeds: number[]): Exploration {
  const exploration = new Exploration()
  for (const seed of seeds) exploration.add(iterationOf({ seed }), 'lease')
  return exploration
}

type SearchTask = Extract<ExploreTask, { do: 'explore' }>
const searches = (tasks: readonly ExploreTask[]): SearchTask[] => tasks.filter(task => task.do === 'explore')
const seedsOf = ({ firstSeed, iterations }: SearchTask): number[] =>
  Array.from({ length: iterations }, (_, index) => firstSeed + index)

describe('the next jobs of a module that is explored', () => {
  it('first has a single iteration, which shows how large the module is', () => {
    for (const parallel of [1, 4]) {
      const [first, ...others] = searches(nextTasks(progressOf({ parallel })))
      assert.deepEqual([first?.firstSeed, first?.iterations, first?.explorationSeed], [100, 1, 100])
      assert.equal(others.length, 0)
    }
    const [next] = searches(nextTasks(progressOf({ exploration: explored(100) })))
    assert.deepEqual([next?.firstSeed, next?.iterations], [101, 39])
  })

  it('tries all orders one after another, if there is room for all of them', () => {
    const chains = { 'alice>GET /': { server: 2 }, 'bob>GET /': { server: 2 } } // 6 orders
    const strategies = (given: Partial<ExploreProgress>, of: object = chains): string[] => {
      const exploration = new Exploration()
      const profile = { decisions: 4, chains: of as typeof chains }
      exploration.add(iterationOf({ seed: 100, profile, durationMs: 1_000 }), 'lease')
      return searches(nextTasks(progressOf({ exploration, parallel: 3, ...given }))).map(({ strategy }) => strategy)
    }
    assert.deepEqual(strategies({}), ['enumerate'])
    assert.deepEqual(strategies({ leftMs: 5_000 }), ['mix', 'mix', 'mix'])
    assert.deepEqual(strategies({ request: { ...request, iterations: 6 } }), ['mix', 'mix', 'mix'])
    assert.deepEqual(strategies({}, { a: { server: 9 }, b: { server: 9 } }), ['mix', 'mix', 'mix'])
    assert.deepEqual(strategies({ request: { ...request, strategy: 'pos' } }), ['pos', 'pos', 'pos'])
  })

  it('shares the seeds that are left among gangs, those that were left out first', () => {
    const tasks = searches(nextTasks(progressOf({ exploration: explored(100, 102, 103, 104), parallel: 3 })))
    assert.deepEqual(tasks.map(seedsOf).slice(0, 2), [[101], Array.from({ length: 12 }, (_, index) => 105 + index)])
    assert.equal(tasks.length, 3)
  })

  it('explores the same seeds, however many gangs share them and however far each gets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.infiniteStream(
          fc.record({ parallel: fc.integer({ min: 1, max: 9 }), done: fc.integer({ min: 1, max: 60 }) }),
        ),
        (iterations, rounds) => {
          const exploration = new Exploration()
          const seen: number[] = []
          for (const { parallel, done } of rounds) {
            const tasks = searches(
              nextTasks(progressOf({ request: { ...request, iterations }, exploration, parallel })),
            )
            if (tasks.length === 0) break
            assert.ok(tasks.length <= parallel)
            const seeds = tasks.flatMap(task => seedsOf(task).slice(0, done))
            seen.push(...seeds)
            for (const seed of seeds) exploration.add(iterationOf({ seed }), 'lease')
          }
          assert.deepEqual(
            seen.toSorted((a, b) => a - b),
            Array.from({ length: iterations }, (_, index) => 100 + index),
          )
        },
      ),
    )
  })

  it('passes on what the first iteration showed about the size of the module', () => {
    const exploration = new Exploration()
    const profile = { decisions: 9, chains: {} }
    exploration.add(iterationOf({ seed: 100, profile }), 'lease')
    assert.deepEqual(searches(nextTasks(progressOf({ exploration })))[0]?.profile, profile)
  })

  it('ends after all seeds, at the first bug, without branches, without time, and if all orders were tried', () => {
    const all = explored(...Array.from({ length: 40 }, (_, index) => 100 + index))
    const bug = explored(100)
    bug.add(failureOf({ seed: 101 }), 'lease')
    const noBranches = new Exploration()
    noBranches.add(iterationOf({ seed: 100, hadBranches: false }), 'lease')
    const ends = [{ exploration: all }, { exploration: bug }, { exploration: noBranches }, { leftMs: 0 }]
    for (const given of [...ends, { exhausted: true }]) assert.deepEqual(nextTasks(progressOf(given)), [])
    const goesOn = { ...request, untilBug: false }
    assert.equal(nextTasks(progressOf({ exploration: bug, request: goesOn })).length, 1)
  })

  it('bounds each job by 30 s and by the time that is left', () => {
    const budget = (given: Partial<ExploreProgress>): unknown => searches(nextTasks(progressOf(given)))[0]?.budgetMs
    assert.deepEqual([budget({}), budget({ leftMs: 4_999.3 })], [30_000, 5_000])
  })

  it('leaves a systematic search to one job', () => {
    const enumerate = { ...request, strategy: 'enumerate' }
    const [only, ...others] = searches(nextTasks(progressOf({ request: enumerate, parallel: 5, leftMs: 90_000 })))
    assert.deepEqual([only?.iterations, only?.budgetMs, others.length], [40, 90_000, 0])
  })

  it('minimises each bug once', () => {
    const exploration = new Exploration()
    exploration.add(failureOf({ seed: 1, signature: 'a' }), 'lease')
    exploration.add(failureOf({ seed: 2, signature: 'b' }), 'lease')
    exploration.add(failureOf({ seed: 3, signature: 'a' }), 'lease')
    const [a, b, ...others] = minimiseTasks(exploration)
    assert.deepEqual([a?.do, b?.do, others.length], ['minimise', 'minimise', 0])
    const found = { ...schedule, error: { ...schedule.error, signature: 'a' }, holds: [] }
    exploration.minimise({ schedule: found, tries: 3, reproduced: 10, repetitions: 10 })
    assert.equal(minimiseTasks(exploration).length, 1)
  })

  it('tries a later schedule of a bug that did not fail again, and forgets no bug', () => {
    const exploration = new Exploration()
    const failures = [1, 2, 3, 4].map(seed => {
      const failure = failureOf({ seed, signature: 'a' })
      return { ...failure, schedule: { ...schedule, ...failure.schedule, trace: [`alice>GET /${seed}`] } }
    })
    for (const failure of failures) exploration.add(failure, 'lease')
    const tried = (): string[] => minimiseTasks(exploration).map(task => task.schedule.trace.join())
    for (const seed of [1, 2, 3]) {
      assert.deepEqual(tried(), [`alice>GET /${seed}`])
      exploration.minimise({ schedule: failures[seed - 1]!.schedule, tries: 0, reproduced: 0, repetitions: 0 })
    }
    assert.deepEqual(tried(), [])
    const [bug] = exploration.bugs.values()
    assert.deepEqual([bug?.times, bug?.schedule.trace, bug?.minimised?.repetitions], [4, ['alice>GET /1'], 0])
  })
})
