import assert from 'node:assert/strict'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { AllocatorModel } from '../../support/allocator-model.js'
import { eventually } from '../process/alive.js'
import { obliterateQueue } from '../../../src/queue/obliterate-queue.js'
import type { AttemptOutcome } from '../../../src/host/attempt/judge-attempt.js'

/** Runs modules one after another on one device, with these outcomes in turn. */
async function played(outcomes: AttemptOutcome[], retries = 0) {
  await using farm = await AllocationFarm.start()
  const attempts: number[] = []
  await farm.host('h1', [device('a1')], {
    runAttempt: ({ attempt }) => {
      attempts.push(attempt)
      return Promise.resolve({ ...(outcomes.shift() ?? { verdict: 'passed' }), reusable: ['a1'] })
    },
  })
  const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries })
  const [result] = await farm.results('r', queues, 1)
  await farm.untilIdle(['a1'])
  return { result, attempts }
}

const broken = (reason: string): AttemptOutcome => ({ verdict: 'infrastructure', reason })

describe('modules in a queue', () => {
  it('pass, are skipped, fail, or are flaky after a retry', async () => {
    assert.equal((await played([{ verdict: 'passed' }])).result?.verdict, 'passed')
    assert.equal((await played([{ verdict: 'skipped' }])).result?.verdict, 'skipped')
    const failed = await played([{ verdict: 'failed' }, { verdict: 'failed' }], 1)
    assert.deepEqual([failed.result?.verdict, failed.result?.attempts, failed.attempts], ['failed', 2, [1, 2]])
    const flaky = await played([{ verdict: 'failed' }], 1)
    assert.deepEqual([flaky.result?.verdict, flaky.result?.attempts], ['flaky', 2])
  })

  it('keep their attempts after an infrastructure failure, and are lost after the third', async () => {
    const saved = await played([broken('one'), broken('two'), { verdict: 'passed' }])
    assert.deepEqual([saved.result?.verdict, saved.result?.attempts, saved.attempts], ['passed', 1, [1, 1, 1]])
    const lost = await played([broken('one'), broken('two'), broken('three')])
    assert.deepEqual(lost.result?.reasons, ['one', 'two', 'three'])
    assert.deepEqual([lost.result?.verdict, lost.result?.attempts], ['lost', 0])
  })

  it('start longest first, after those of unknown duration', async () => {
    await using farm = await AllocationFarm.start()
    const order: string[] = []
    const durations = { brief: 10, long: 60_000, middling: 5000 }
    const modules = Object.entries(durations).map(([id, expectedMs]) => ({ id, needs: { a: '' }, expectedMs }))
    const queues = await farm.submit('r', [...modules, { id: 'unknown', needs: { a: '' } }])
    await farm.host('h1', [device('a1')], {
      runAttempt: ({ module }) => {
        order.push(module.module)
        return Promise.resolve({ verdict: 'passed', reusable: ['a1'] })
      },
    })
    await farm.results('r', queues, 4)
    assert.deepEqual(order, ['unknown', 'long', 'middling', 'brief'])
  })

  it('are lost if their job is not a module, without effect on others', async () => {
    await using farm = await AllocationFarm.start()
    const queues = await farm.submit('r', [
      { id: 'bad', needs: { a: '' } },
      { id: 'good', needs: { a: '' } },
    ])
    await farm.redis.hset(`${farm.prefix}:${queues[0]}:m-bad`, 'data', '{"module":7}')
    await farm.host('h1', [device('a1')])
    const results = await farm.results('r', queues, 2)
    assert.deepEqual(results.map(({ module, verdict }) => `${module} ${verdict}`).sort(), ['bad lost', 'good passed'])
  })

  it('are followed from the beginning, events before the result that they led to', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], {
      runAttempt: async ({ grant, module }) => {
        const event = {
          type: 'log',
          stream: 'stdout',
          text: 'x',
          module: module.module,
          lease: grant.lease,
          at: 1,
        } as const
        await farm.runs.append(
          'r',
          Array.from({ length: 700 }, () => event),
          grant.lease,
        )
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const modules = ['one', 'two', 'three', 'four'].map(id => ({ id, needs: { a: '' } }))
    const queues = await farm.submit('r', modules)
    await farm.results('r', queues, 4)
    const seen = new Map<string, number>()
    let results = 0
    for await (const followed of farm.follow('r', queues)) {
      if (followed.kind === 'result') {
        assert.equal(seen.get(followed.result.module), 700, 'all its events came before')
        if (++results === 4) break
      } else if (followed.kind === 'event' && followed.event.type === 'log') {
        seen.set(followed.event.module, (seen.get(followed.event.module) ?? 0) + 1)
      }
    }
    const onlyTheInbox = async (): Promise<boolean> => /blocked_clients:1\s/.test(await farm.redis.info('clients'))
    await eventually('whoever follows has hung up', onlyTheInbox)
  })

  it('leave nothing behind if their queue is obliterated', async () => {
    await using farm = await AllocationFarm.start()
    const model = await AllocatorModel.start(farm, [device('a1')], [{ a: '' }])
    const queue = model.needs[0]?.queue ?? ''
    await farm.redis.flushall()
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    assert.deepEqual(queues, [queue])
    await obliterateQueue(farm.redis, farm.prefix, queue)
    assert.deepEqual(await farm.redis.keys(`${farm.prefix}:${queue}:*`), [])
  })
})
