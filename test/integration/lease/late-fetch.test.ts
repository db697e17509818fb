import assert from 'node:assert/strict'
import type { Redis } from 'ioredis'
import { fetchModule } from '../../../src/queue/fetch-module.js'
import { QueueClient } from '../../../src/queue/queue-client.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

/** Sends each fetch only after all else that was asked for with it. */
function sendFetchesLate(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis)
  let isFetch = false
  redis.sendCommand = (command, stream) => {
    if (isFetch && command.name === 'evalsha') {
      isFetch = false
      setImmediate(() => send(command, stream))
      return command.promise
    }
    isFetch ||= command.name === 'srem'
    return send(command, stream)
  }
  return redis
}

describe('a fetch that leaves after the script that binds its job', () => {
  it('is bound by another one, before its module is executed', async () => {
    await using farm = await AllocationFarm.start()
    const modules = new Set<string | undefined>()
    await farm.host('h1', [device('a1')], {
      redis: () => sendFetchesLate(farm.server.connect()),
      runAttempt: async ({ module }) => {
        const [row] = await farm.registry.listDevices()
        modules.add(row?.lease?.module)
        assert.equal(row?.lease?.module, module.module)
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit(
      'r',
      ['m1', 'm2'].map(id => ({ id, needs: { a: '' } })),
    )
    const results = await farm.results('r', queues, 2)
    assert.deepEqual(
      results.map(({ module, verdict }) => [module, verdict]),
      [...modules].map(module => [module, 'passed']),
    )
    assert.deepEqual(modules, new Set(['m1', 'm2']))
  })

  it('is undone if its lease has ended by then: the job runs under another one', async () => {
    await using farm = await AllocationFarm.start()
    const queues = await farm.submit('r', [{ id: 'm1', needs: { a: '' } }])
    const client = new QueueClient(farm.redis, { prefix: farm.prefix, name: 'h0', stalledMs: 1 })
    assert.equal((await fetchModule(client, queues[0] ?? '', '1'))?.data.module, 'm1')
    await farm.host('h1', [device('a1')], { ttlMs: 3_000 })
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
  })
})
