import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AttemptTask } from '../../../src/host/attempt/attempt.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import type { Stage, StageEdge } from '../../../src/lease/stage.js'
import { obliterateQueue } from '../../../src/queue/obliterate-queue.js'
import { AllocationFarm, device, type TestModule } from '../../support/allocation-farm.js'
import { MortalRedis } from '../../support/mortal-redis.js'
import { outcomesOf, verdictsOf } from '../../support/stage-model.js'

const devices = [device('a1', 'android'), device('a2', 'android'), device('i1', 'ios')]
const selectors = ['android', 'ios', '']

/** Modules of a stage, one for each of its fates. */
type Fate = 'passed' | 'failed' | 'flaky' | 'skipped'

interface Case {
  stages: Stage[]
  modules: (TestModule & { fate: Fate })[]
}

const fate = fc.constantFrom<Fate[]>('passed', 'passed', 'passed', 'failed', 'flaky', 'skipped')

/** Stages that wait for earlier ones only; some without modules. */
const graphs = fc
  .array(
    fc.record({
      after: fc.array(fc.tuple(fc.nat(), fc.constantFrom('success' as const, 'end' as const)), { maxLength: 3 }),
      modules: fc.array(fc.tuple(fc.nat({ max: selectors.length - 1 }), fate), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drawn): Case => {
    const stages = drawn.map(({ after }, index): Stage => {
      const edges = new Map<string, StageEdge>()
      if (index > 0) for (const [n, when] of after) edges.set(`s${n % index}`, { stage: `s${n % index}`, when })
      return { name: `s${index}`, after: [...edges.values()] }
    })
    const modules = drawn.flatMap((stage, index) =>
      stage.modules.map(([selector, fate], n) => ({
        id: `s${index}-${n}`,
        needs: { a: selectors[selector] ?? '' },
        stage: `s${index}`,
        fate,
      })),
    )
    return { stages, modules }
  })

/** Executes modules by their fates, and keeps when each began and ended. */
class Recorder {
  readonly log: { module: string; what: 'begin' | 'end' }[] = []

  constructor(private readonly fates: ReadonlyMap<string, Fate>) {}

  readonly execute = async ({ module, attempt, grant }: AttemptTask) => {
    this.log.push({ module: module.module, what: 'begin' })
    await new Promise(resolve => setImmediate(resolve))
    const fate = this.fates.get(module.module) ?? 'passed'
    const verdict = fate === 'flaky' ? (attempt === 1 ? 'failed' : 'passed') : fate
    this.log.push({ module: module.module, what: 'end' })
    return { verdict, reusable: Object.values(grant.devices).map(d => d.device) }
  }
}

/** The last end of what a stage waits for, directly or not, comes before its first beginning; also where a skipped one is between. */
function assertOrder({ stages, modules }: Case, log: Recorder['log']): void {
  const places = (stage: string, what: string): number[] =>
    log.flatMap((entry, n) =>
      entry.what === what && modules.some(m => m.id === entry.module && m.stage === stage) ? [n] : [],
    )
  const before = new Map<string, Set<string>>()
  for (const { name, after } of stages) {
    const all = after.flatMap(({ stage }) => [stage, ...(before.get(stage) ?? [])])
    before.set(name, new Set(all))
    for (const stage of all) {
      assert.ok(
        Math.max(-1, ...places(stage, 'end')) < Math.min(log.length, ...places(name, 'begin')),
        `${stage} → ${name}`,
      )
    }
  }
}

async function runCase(farm: AllocationFarm, run: string, drawn: Case, recorder: Recorder): Promise<void> {
  const queues = await farm.submit(run, drawn.modules, { stages: drawn.stages, retries: 1 })
  const results = queues.length === 0 ? [] : await farm.results(run, queues, drawn.modules.length)
  const fails = new Set(drawn.modules.filter(({ fate }) => fate === 'failed').map(({ stage }) => stage ?? ''))
  const outcomes = outcomesOf(drawn.stages, fails)
  const expected = drawn.modules.map(({ id, fate, stage = '' }) => [
    id,
    outcomes.get(stage) === 'skipped' ? 'not-run' : fate,
  ])
  assert.deepEqual(verdictsOf(results), Object.fromEntries(expected))
  assert.equal(new Set(results.map(({ module }) => module)).size, results.length, 'each is recorded once')
  assertOrder(drawn, recorder.log)
}

describe('stages', () => {
  it('start after the stages they wait for, or are skipped, as the model predicts for any graph', async () => {
    await using farm = await AllocationFarm.start()
    const fates = new Map<string, Fate>()
    let recorder = new Recorder(fates)
    await farm.host('h1', devices, { runAttempt: task => recorder.execute(task) })
    let run = 0
    await fc.assert(
      fc.asyncProperty(graphs, async drawn => {
        fates.clear()
        for (const { id, fate } of drawn.modules) fates.set(id, fate)
        recorder = new Recorder(fates)
        const name = `r${++run}`
        await runCase(farm, name, drawn, recorder)
        await forgetRun(farm.runs, name)
        assert.deepEqual(await farm.redis.keys(`*${name}:*`), [])
        assert.equal(await farm.redis.exists(farm.scripts.key('stages')), 0)
      }),
      { numRuns: 60 },
    )
  })

  const chain: Stage[] = ['s0', 's1', 's2', 's3'].map((name, n) => ({
    name,
    after: n === 0 ? [] : [{ stage: `s${n - 1}`, when: n === 3 ? 'end' : 'success' }],
  }))
  const chained = (fates: Fate[]): Case => ({
    stages: chain,
    modules: fates.map((fate, n) => ({ id: `s${n}-0`, needs: { a: '' }, stage: `s${n}`, fate })),
  })

  it('keep their order if a host crashes between any two of its scripts', async () => {
    const killedAt = async (script: number, moment: 'before' | 'after'): Promise<void> => {
      await using farm = await AllocationFarm.start()
      const drawn = chained(['passed', 'failed', 'passed', 'passed'])
      const recorder = new Recorder(new Map(drawn.modules.map(({ id, fate }) => [id, fate])))
      const mortal = new MortalRedis(() => farm.server.connect(), script, moment)
      await farm.host('h1', [device('a1')], { ttlMs: 2500, redis: mortal.connect, runAttempt: recorder.execute })
      await farm.untilIdle(['a1'])
      mortal.arm()
      const ran = runCase(farm, 'r', drawn, recorder)
      await mortal.died()
      await farm.host('h2', [device('b1')], { runAttempt: recorder.execute })
      await ran
    }
    const scripts = Array.from({ length: 12 }, (_, n) => n + 1)
    await Promise.all(scripts.flatMap(script => [killedAt(script, 'before'), killedAt(script, 'after')]))
  })

  it('need no process: a detached run goes through all its stages', async () => {
    await using farm = await AllocationFarm.start()
    const drawn = chained(['passed', 'passed', 'failed', 'passed'])
    const queues = await farm.submit('r', drawn.modules, { stages: drawn.stages, detached: true })
    const recorder = new Recorder(new Map(drawn.modules.map(({ id, fate }) => [id, fate])))
    await farm.host('h1', [device('a1')], { runAttempt: recorder.execute })
    const results = await farm.results('r', queues, 4)
    assert.deepEqual(
      results.map(({ module, verdict }) => `${module} ${verdict}`),
      ['s0-0 passed', 's1-0 passed', 's2-0 failed', 's3-0 passed'],
    )
    assert.deepEqual(await farm.results('r', queues, 4), results, 'whoever follows it when it is over sees the same')
  })

  it('end even if their last modules were removed by hand', async () => {
    await using farm = await AllocationFarm.start()
    const drawn = chained(['passed', 'passed', 'passed', 'passed'])
    const queues = await farm.submit('r', drawn.modules, { stages: drawn.stages })
    await farm.runs.schedule()
    await obliterateQueue(farm.redis, farm.prefix, queues[0] ?? '')
    await farm.host('h1', [device('a1')], { ttlMs: 4500 })
    const results = await farm.results('r', queues, 3)
    assert.deepEqual(verdictsOf(results), { 's1-0': 'passed', 's2-0': 'passed', 's3-0': 'passed' })
  })

  it('do not start after their run was cancelled, and each module ends once', async () => {
    await using farm = await AllocationFarm.start()
    let started = (): void => {}
    const running = new Promise<void>(resolve => (started = resolve))
    await farm.host('h1', [device('a1')], {
      runAttempt: (_task, signal) =>
        new Promise(resolve => {
          signal.addEventListener('abort', () => resolve({ verdict: 'interrupted', reusable: ['a1'] }))
          started()
        }),
    })
    const drawn = chained(['passed', 'passed', 'passed', 'passed'])
    const queues = await farm.submit('r', drawn.modules, { stages: drawn.stages })
    await running
    await farm.runs.cancel('r', 'Ctrl-C')
    const results = await farm.results('r', queues, 4)
    assert.deepEqual(
      new Set(results.map(({ verdict, reasons }) => `${verdict} ${reasons?.join()}`)),
      new Set(['not-run Ctrl-C']),
    )
    assert.equal(new Set(results.map(({ module }) => module)).size, 4)
    await farm.untilIdle(['a1'])
  })
})
