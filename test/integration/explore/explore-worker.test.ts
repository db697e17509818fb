import assert from 'node:assert/strict'
import type { ExploreTask } from '../../../src/explore/explore-task.js'
import type { Iteration, Minimised } from '../../../src/explore/iteration.js'
import type { Schedule } from '../../../src/explore/schedule.js'
import type { WorkerReport } from '../../../src/script/worker-messages.js'
import { moduleOf, TestFarm } from '../script/farm.js'

/** As bundles have it: a module that doesn't mention them isn't watched. */
const watched = 'void baton.parallel\n'

/** Fails only if bob is done before alice has begun. */
const race = `${watched}
  it('lets alice begin', async () => {
    const log = []
    const act = async name => { await $('#who').click(); log.push(name) }
    await parallel({
      alice: async () => { await act('a1'); await act('a2'); await act('a3') },
      bob: async () => { await act('b1'); await act('b2') },
    })
    if (log.indexOf('b2') < log.indexOf('a1')) throw new Error('bob was quicker, by ' + Math.random())
  })`

/** Milliseconds; all iterations together. */
const patient = { moduleTimeoutMs: 600_000 }

const explore: ExploreTask = {
  do: 'explore',
  strategy: 'random',
  firstSeed: 1,
  iterations: 10,
  budgetMs: 300_000,
  maxDecisions: 100,
  untilBug: false,
}

describe('an attempt that explores its module', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start()
  })
  after(() => farm.close())

  async function run(code: string, task: ExploreTask, module = moduleOf(code)): Promise<Explored> {
    const { report, events } = await farm.run(code, { explore: task, bundleHash: 'abc', module, execute: patient })
    const iterations = events.flatMap(event => (event.type === 'explore:iteration' ? [event.iteration] : []))
    const [minimised] = events.flatMap(event => (event.type === 'explore:minimised' ? [event.minimised] : []))
    const others = events
      .map(event => (event.type === 'log' ? event.text : event.type))
      .filter(type => !type.startsWith('explore:'))
    const failures = events.flatMap(event =>
      event.type === 'test:end' && event.error ? [`${event.error.code}: ${event.error.message}`] : [],
    )
    return { report, iterations, minimised, others, failures }
  }

  it('runs its tests in other orders, the same for the same seeds, and replays and minimises a failure', async () => {
    // Its file is a part of what tells bugs apart.
    const module = moduleOf(race)
    const first = await run(race, explore, module)
    assert.deepEqual(first.others, [])
    assert.equal(first.iterations[0]?.strategy, 'natural')
    assert.equal(first.iterations[0]?.verdict, 'passed')
    assert.equal(first.iterations.length, 10)
    assert.ok(first.iterations.every(({ hadBranches, operations }) => hadBranches && operations === 5))
    const orders = new Set(first.iterations.map(({ order }) => order))
    assert.equal(orders.size, 1, 'commands to different devices are independent')
    const failed = failedOf(first)
    assert.ok(failed.length > 0)
    const { passed, failed: failures } = first.report.counts
    assert.deepEqual([passed, failures], [10 - failed.length, failed.length])
    const schedule = failed[0]?.schedule as Schedule
    assert.deepEqual(schedule.test, ['lets alice begin'])
    assert.match(schedule.error.message, /^bob was quicker/)
    assert.equal(new Set(failed.map(each => each.schedule?.error.signature)).size, 1)
    assert.deepEqual(schedule.trace.toSorted(), [
      'alice:elementClick #who',
      'alice:elementClick #who #2',
      'alice:elementClick #who #3',
      'bob:elementClick #who',
      'bob:elementClick #who #2',
    ])

    const again = await run(race, { ...explore, untilBug: true }, module)
    assert.deepEqual(failedOf(again)[0]?.schedule?.trace, schedule.trace)
    assert.equal(failedOf(again)[0]?.seed, schedule.seed)
    assert.equal(again.iterations.at(-1)?.verdict, 'failed')

    const replayed = await run(race, { do: 'replay', schedule, times: 2, slowMs: 0 }, module)
    assert.deepEqual(
      replayed.iterations.map(({ verdict, purpose }) => `${purpose} ${verdict}`),
      Array(2).fill('replay failed'),
    )
    assert.ok(replayed.iterations.every(({ diverged }) => diverged === undefined))

    const { minimised } = await run(race, { do: 'minimise', schedule, maxTries: 30 }, module)
    assert.deepEqual(minimised?.schedule.holds, [
      { operation: 'alice:elementClick #who', until: 'bob:elementClick #who #2' },
    ])
    assert.deepEqual([minimised?.reproduced, minimised?.repetitions], [10, 10])
  })

  it('says where a replay differs', async () => {
    const trace = ['bob:elementClick #gone', 'alice:elementClick #who']
    const schedule: Schedule = {
      version: 1,
      module: 'm.ts',
      bundleHash: '',
      seed: 1,
      strategy: 'random',
      test: [],
      trace,
      error: { message: '', signature: '' },
    }
    const { iterations } = await run(race, { do: 'replay', schedule, times: 1, slowMs: 0 })
    const [iteration] = iterations
    assert.equal(iteration?.verdict, 'passed')
    assert.deepEqual(iteration.diverged, {
      step: 0,
      expected: 'bob:elementClick #gone',
      found: 'alice:elementClick #who',
    })
  })

  it('lets time in branches pass only when nothing can happen', async () => {
    const { iterations } = await run(
      `${watched}
      const { setTimeout: sleep } = await $baton('node:timers/promises')
      it('sleeps', async () => {
        const log = []
        await parallel({
          alice: async () => {
            const at = [Date.now(), performance.now()]
            await browser.pause(3_600_000)
            assert.ok(Date.now() - at[0] >= 3_600_000 && performance.now() - at[1] >= 3_600_000)
            log.push('alice')
          },
          bob: async () => {
            await sleep(1_000)
            for (let turn = 0; turn < 5; turn++) await $('#who').click()
            await new Promise(resolve => setTimeout(resolve, 2_000))
            clearTimeout(setTimeout(() => log.push('never'), 1))
            await until('late', { timeout: 300 }).catch(error => log.push(error.code))
          },
        })
        assert.deepEqual(log, ['BATON_BRANCH_TIMEOUT', 'alice'])
      })`,
      { ...explore, iterations: 1 },
    )
    assert.deepEqual(
      iterations.map(({ schedule }) => schedule?.error.message),
      [undefined],
    )
  })

  it('chooses values and the order of checkpoints, replays both, and says what is needed', async () => {
    const module = moduleOf(`${watched}
      it('orders', async () => {
        const log = []
        await parallel({
          alice: async () => { if (baton.choose(3) === 2) { await baton.checkpoint('paid'); log.push('alice') } },
          bob: async () => { await baton.checkpoint('paid'); log.push('bob'); await baton.checkpoint('left') },
        })
        if (log.join() === 'bob,alice') throw new Error('alice paid late')
      })`)
    const first = await run('', { ...explore, iterations: 30, untilBug: true }, module)
    const schedule = failedOf(first)[0]?.schedule
    assert.ok(schedule)
    const { trace } = schedule
    assert.ok(trace.includes('alice:choose 3 = 2'))
    assert.ok(trace.indexOf('bob:checkpoint paid') < trace.indexOf('alice:checkpoint paid'))
    const replayed = await run('', { do: 'replay', schedule, times: 2, slowMs: 0 }, module)
    assert.ok(replayed.iterations.every(({ verdict, diverged }) => verdict === 'failed' && !diverged))
    const { minimised } = await run('', { do: 'minimise', schedule, maxTries: 30 }, module)
    assert.deepEqual(
      minimised?.schedule.holds?.toSorted((a, b) => (a.operation < b.operation ? 1 : -1)),
      [
        { operation: 'alice:choose 3', until: 'alice:choose 3 = 2' },
        { operation: 'alice:checkpoint paid', until: 'bob:checkpoint paid' },
      ],
    )
    const all = await run('', { ...explore, strategy: 'enumerate', iterations: 100 }, module)
    assert.equal(all.iterations.at(-1)?.enumerated?.left, 0)
    const values = all.iterations.map(({ operations }) => operations)
    assert.ok(values.length >= 5, 'two values without, and three orders with a checkpoint of alice')
  })

  it('runs a test without branches as often as it has values to choose from', async () => {
    const module = moduleOf(`${watched}
      it('chooses', () => {
        if (baton.choose(4) === 3 && baton.choose(1) === 0 && baton.choose(2) === 1) throw new Error('3 and 1')
      })`)
    const { iterations } = await run('', { ...explore, strategy: 'enumerate', iterations: 50 }, module)
    assert.deepEqual(
      iterations.map(({ verdict }) => verdict),
      ['passed', 'passed', 'passed', 'passed', 'failed'],
    )
    assert.deepEqual(iterations.at(-1)?.schedule?.trace, [
      'alice:choose 4 = 3',
      'alice:choose 1 = 0',
      'alice:choose 2 = 1',
    ])
  })

  it('runs a module without branches once', async () => {
    const { report, iterations } = await run(`it('is alone', async () => { await $('#who').click() })`, explore)
    assert.deepEqual(
      iterations.map(({ hadBranches, verdict }) => ({ hadBranches, verdict })),
      [{ hadBranches: false, verdict: 'passed' }],
    )
    assert.equal(report.verdict, 'passed')
  })

  it('reports a mistake of the module as its own failure', async () => {
    const mistakes: [string, RegExp][] = [
      [`await useDevice('da' + 've')`, /^BATON_DEVICE_UNKNOWN/],
      [`serverUrl('shop')`, /^BATON_SERVER_UNKNOWN/],
      [`baton.choose(0)`, /^BATON_BRANCH_USAGE/],
      [`await import('./not' + 'here.js')`, /^undefined: Cannot find module/],
    ]
    for (const [call, failure] of mistakes) {
      const test = await run(
        `${watched}
        it('is wrong', async () => {
          await parallel({ alice: () => $('#who').click(), bob: () => $('#who').click() })
          ${call}
        })
        it('is right', () => {})`,
        explore,
      )
      assert.deepEqual(test.iterations, [], call)
      assert.equal(test.minimised, undefined)
      assert.deepEqual(test.others, ['test:end'])
      assert.match(test.failures.join(), failure)
      assert.deepEqual(test.report.counts, { passed: 0, failed: 1, pending: 0 })
    }
  })

  it('reports a failure before any branch as one of the module', async () => {
    const { report, iterations, others } = await run(
      `${watched}
      before(() => { throw new Error('in a hook') })
      it('never runs', () => parallel({ alice: () => $('#who').click(), bob: () => $('#who').click() }))`,
      explore,
    )
    assert.deepEqual([iterations, others, report.verdict], [[], ['test:end'], 'failed'])
  })

  it('minimises nothing if natural order always fails', async () => {
    const module = moduleOf(`${watched}
      it('fails', async () => {
        await parallel({ alice: () => $('#who').click(), bob: () => $('#who').click() })
        throw new Error('as ever')
      })`)
    const first = await run('', { ...explore, untilBug: true }, module)
    const [schedule] = failedOf(first).flatMap(iteration => iteration.schedule ?? [])
    assert.ok(schedule)
    const { minimised, iterations } = await run('', { do: 'minimise', schedule, maxTries: 30 }, module)
    assert.deepEqual(minimised, { schedule: { ...schedule, holds: [] }, tries: 0, reproduced: 3, repetitions: 3 })
    assert.deepEqual(
      iterations.map(({ purpose }) => purpose),
      ['confirm', 'confirm', 'confirm'],
    )
  })

  it('fails as a whole if the module can not be loaded', async () => {
    const { report, iterations } = await run(`${watched} throw new Error('at load')`, explore)
    assert.deepEqual(iterations, [])
    assert.equal(report.error?.message, 'at load')
    assert.equal(report.untouched, true)
  })
})

interface Explored {
  report: WorkerReport
  iterations: Iteration[]
  minimised: Minimised | undefined
  others: string[]
  /** Of tests, reported as if the module was not explored. */
  failures: string[]
}

function failedOf({ iterations }: Explored): Iteration[] {
  return iterations.filter(({ verdict }) => verdict === 'failed')
}
