import assert from 'node:assert/strict'
import { runStreamKey } from '../../../src/lease/protocol/keys.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { verdictsOf } from '../../support/stage-model.js'

/** For what heartbeats find: longer than a busy machine keeps this process waiting. */
const TTL_MS = 4500

async function untilStage(farm: AllocationFarm, run: string, stage: string, state: string): Promise<void> {
  const key = farm.scripts.key('run', run, 'stage-states')
  while ((await farm.redis.hget(key, stage)) !== state) await farm.untilIdle([])
}

describe('outcomes of stages', () => {
  it('include a reason for each skipped module, without a run process and without a host that runs it', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], {
      runAttempt: () => Promise.resolve({ verdict: 'failed', reusable: ['a1'] }),
    })
    const many = Array.from({ length: 250 }, (_, n) => ({ id: `n${n}`, needs: { a: 'nobody' }, stage: 'later' }))
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' }, stage: 'first' }, ...many], {
      stages: [
        { name: 'first', after: [] },
        { name: 'middle', after: [{ stage: 'first', when: 'success' }] },
        { name: 'later', after: [{ stage: 'middle', when: 'success', reason: 'it needs the middle' }] },
      ],
    })
    const results = await farm.results('r', queues, 251)
    for (const [first] of [results, await farm.results('r', queues, 251)]) {
      assert.equal(first?.module, 'm', 'the cause comes before what it caused')
    }
    const skipped = results.filter(({ verdict }) => verdict === 'not-run')
    assert.equal(skipped.length, 250)
    assert.deepEqual(new Set(skipped.flatMap(({ reasons }) => reasons)), new Set(['it needs the middle']))
    const events = await farm.redis.xrange(runStreamKey(farm.prefix, 'r'), '-', '+')
    const stages = events.map(([, fields]) => JSON.parse(fields[1] ?? '{}')).filter(({ type }) => type === 'stage')
    assert.deepEqual(
      stages.map(({ stage, state, reason }) => [stage, state, reason]),
      [
        ['first', 'begun', undefined],
        ['first', 'failed', undefined],
        ['later', 'skipped', 'it needs the middle'],
      ],
    )
  })

  it('are skipped only when all stages that the stage waits for have ended', async () => {
    await using farm = await AllocationFarm.start()
    const states = farm.scripts.key('run', 'r', 'stage-states')
    let meanwhile: string | null = null
    await farm.host('h1', [device('a1'), device('a2')], {
      runAttempt: async ({ module, grant }) => {
        const clean = Object.values(grant.devices).map(d => d.device)
        if (module.module === 'fails') return { verdict: 'failed', reusable: clean }
        if (module.module === 'lasts') {
          await untilStage(farm, 'r', 'one', 'failed')
          meanwhile = await farm.redis.hget(states, 'both')
        }
        return { verdict: 'passed', reusable: clean }
      },
    })
    const modules = [
      { id: 'fails', stage: 'one' },
      { id: 'lasts', stage: 'other' },
      { id: 'left out', stage: 'both' },
      { id: 'last', stage: 'after' },
    ]
    const queues = await farm.submit(
      'r',
      modules.map(module => ({ ...module, needs: { a: '' } })),
      {
        stages: [
          { name: 'one', after: [] },
          { name: 'other', after: [] },
          { name: 'both', after: ['one', 'other'].map(stage => ({ stage, when: 'success' as const })) },
          { name: 'after', after: [{ stage: 'both', when: 'end' }] },
        ],
      },
    )
    const results = await farm.results('r', queues, 4)
    assert.equal(meanwhile, 'held')
    assert.deepEqual(verdictsOf(results), { fails: 'failed', lasts: 'passed', 'left out': 'not-run', last: 'passed' })
  })

  it('do not depend on devices while a stage is held: it blocks no other and is never unsatisfiable', async () => {
    await using farm = await AllocationFarm.start()
    let end = (): void => {}
    const ended = new Promise<void>(resolve => (end = resolve))
    await farm.host('h1', [device('a1')], {
      ttlMs: TTL_MS,
      runAttempt: async () => {
        await ended
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit(
      'r',
      [
        { id: 'one', needs: { a: '' }, stage: 'first' },
        { id: 'two', needs: { a: 'nobody' }, stage: 'second' },
      ],
      {
        stages: [
          { name: 'first', after: [] },
          { name: 'second', after: [{ stage: 'first', when: 'end' }] },
        ],
        waitMs: 1,
      },
    )
    await untilStage(farm, 'r', 'first', 'begun')
    assert.deepEqual(await farm.redis.smembers(farm.scripts.key('needs')), queues.slice(0, 1))
    assert.deepEqual((await farm.runs.renew('r')).unsatisfiable, [])
    end()
    const results = await farm.results('r', queues, 2)
    assert.deepEqual(verdictsOf(results), { one: 'passed', two: 'lost' })
  })

  it('count a lost module as a failure', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], { ttlMs: TTL_MS })
    const queues = await farm.submit(
      'r',
      [
        { id: 'one', needs: { a: 'nobody' }, stage: 'first' },
        { id: 'two', needs: { a: '' }, stage: 'second' },
        { id: 'three', needs: { a: '' }, stage: 'third' },
      ],
      {
        stages: [
          { name: 'first', after: [] },
          { name: 'second', after: [{ stage: 'first', when: 'success' }] },
          { name: 'third', after: [{ stage: 'first', when: 'end' }] },
        ],
      },
    )
    assert.deepEqual(verdictsOf(await farm.results('r', queues, 3)), { one: 'lost', two: 'not-run', three: 'passed' })
  })
})
