import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/event/run-event.js'
import { queueKey } from '../../../src/queue/key-names.js'
import { connectFarm } from '../../../src/run/farm-connection.js'
import { followRun } from '../../../src/run/follow-run.js'
import { lostJobReason } from '../../../src/run/recover-modules.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

type End = RunEvent & { type: 'module:end' }

/** Follows a detached run to its end. @returns how each module ended, as this follower saw it */
async function follow(farm: AllocationFarm, run: string): Promise<string[]> {
  const connection = await connectFarm(`unix://${farm.server.socket}`)
  const ends: End[] = []
  try {
    await followRun({
      run,
      farm: connection,
      onEvent: event => event.type === 'module:end' && ends.push(event),
      fileTargets: { artifact: async () => assert.fail(), written: async () => assert.fail() } as never,
      warn: () => {},
      stop: AbortSignal.timeout(30_000),
    })
  } finally {
    connection.close()
  }
  return ends.map(({ module, verdict, reasons = [] }) => [module, verdict, ...reasons].join(' ')).toSorted()
}

describe('modules of a detached run that Redis has lost', () => {
  it('end alike for all followers: by their stored result, or as lost', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')])
    const modules = ['done', 'deleted', 'torn', 'unlisted'].map(id => ({
      id,
      needs: { a: id === 'done' ? '' : 'name=b' },
    }))
    const queues = await farm.submit('r', modules, { detached: true })
    const listing = modules.map(({ id }) => ({ id, file: `${id}.ts`, firstRole: 'a', roles: {} }))
    await farm.runs.append('r', [
      { type: 'run:start', version: 1, run: 'r', at: 1, modules: listing, options: {} } as never,
    ])
    const [done = '', others = ''] = queues
    await farm.results('r', queues, 1)
    await farm.redis.del(queueKey(farm.prefix, done, 'events'))
    // Its hash and its place in the queue; only the hash; only the place.
    const waiting = queueKey(farm.prefix, others, 'prioritized')
    for (const id of ['deleted', 'torn']) await farm.redis.del(`${farm.prefix}:${others}:m-${id}`)
    for (const id of ['deleted', 'unlisted']) await farm.redis.zrem(waiting, `m-${id}`)
    const expected = [
      ...['deleted', 'torn', 'unlisted'].map(id => `${id} lost ${lostJobReason}`),
      'done passed',
    ].toSorted()
    const ends = await Promise.all([follow(farm, 'r'), follow(farm, 'r')])
    assert.deepEqual(ends, [expected, expected])
    assert.deepEqual(await follow(farm, 'r'), expected, 'a later follower')
  })
})
