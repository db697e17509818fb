import assert from 'node:assert/strict'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { agreeOnShards, type ShardAgreement } from '../../../src/run/selection/agreed-shards.js'
import { RedisServer } from '../../support/redis-server.js'

const division: ShardAgreement = { project: 'shop', pipeline: '', files: ['a.ts', 'b.ts', 'c.ts'], count: 2 }

describe('shards of one run', () => {
  it('use the division of the first shard, even if the history has changed since', async () => {
    await using server = await RedisServer.start()
    const scripts = new LeaseScripts(server.connect())
    assert.deepEqual(await agreeOnShards(scripts, division, [1, 2, 2]), [1, 2, 2])
    assert.deepEqual(await agreeOnShards(scripts, division, [2, 1, 1]), [1, 2, 2])
    for (const other of [
      { ...division, pipeline: '4711' },
      { ...division, project: 'bank' },
      { ...division, files: ['a.ts', 'b.ts', 'd.ts'] },
    ]) {
      assert.deepEqual(await agreeOnShards(scripts, other, [2, 1, 1]), [2, 1, 1])
    }
    for (const key of await scripts.redis.keys('*')) assert.ok((await scripts.redis.ttl(key)) > 3_600)
  })

  it('agree if they start at the same time', async () => {
    await using server = await RedisServer.start()
    const scripts = new LeaseScripts(server.connect())
    const own = Array.from({ length: 10 }, (_, i) => [1 + (i % 2), 2, 1])
    const taken = await Promise.all(own.map(shards => agreeOnShards(scripts, division, shards)))
    assert.equal(new Set(taken.map(shards => shards.join())).size, 1)
  })
})
