import assert from 'node:assert/strict'
import type { Redis } from 'ioredis'
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
})
