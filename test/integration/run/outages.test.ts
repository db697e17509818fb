import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { openRedis } from '../../../src/lease/open-redis.js'
import { connectFarm } from '../../../src/run/farm-connection.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { executeModules } from '../../support/execute-modules.js'
import { RedisProxy } from '../../support/redis-proxy.js'

const names = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']
const onceEach = Object.fromEntries(names.map(name => [name, 1]))
const allPassed = new Map(names.map(name => [name, 'passed']))

describe('a run whose Redis', () => {
  let farm: AllocationFarm
  beforeEach(async () => (farm = await AllocationFarm.start({ audit: false })))
  afterEach(() => farm[Symbol.asyncDispose]())

  it('is 50 ms away passes', async () => {
    await using proxy = await RedisProxy.start(farm.server)
    proxy.delayBy(50)
    await farm.host('h1', [device('a1'), device('a2')], { redis: proxy.connect })
    const { outcome, ends } = await executeModules(`unix://${proxy.socketPath}`, names)
    assert.deepEqual(outcome, { verdicts: allPassed })
    assert.deepEqual(ends, onceEach)
    assert.deepEqual(farm.errors, [])
  })

  it('forgets all scripts again and again passes', async () => {
    await farm.host('h1', [device('a1')], {
      runAttempt: async () => {
        await farm.redis.script('FLUSH')
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const { outcome, ends } = await executeModules(`unix://${farm.server.socket}`, names)
    assert.deepEqual(outcome, { verdicts: allPassed })
    assert.deepEqual(ends, onceEach)
    assert.deepEqual(farm.errors, [])
  })

  it('becomes a replica ends with one clear error; a host serves again once it is a primary', async () => {
    let attempts = 0
    await farm.host('h1', [device('a1')], {
      ttlMs: 3_000,
      redis: () => openRedis(`unix://${farm.server.socket}`),
      runAttempt: async () => {
        if ((attempts += 1) === 2) await farm.redis.replicaof('127.0.0.1', '1')
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const { outcome, ends } = await executeModules(`unix://${farm.server.socket}`, names, 6_000)
    assert.ok(outcome.farmFailure instanceof BatonError && outcome.farmFailure.code === 'BATON_REDIS')
    assert.match(outcome.farmFailure.message, /^Redis is a replica, which cannot be written to: READONLY/)
    assert.deepEqual(ends, onceEach)
    assert.equal(outcome.verdicts.get('m1'), 'passed')
    await assert.rejects(connectFarm(`unix://${farm.server.socket}`), /is a replica, which cannot be written to/)
    await farm.redis.replicaof('NO', 'ONE')
    await farm.redis.flushall()
    assert.deepEqual((await executeModules(`unix://${farm.server.socket}`, names)).outcome, { verdicts: allPassed })
  })
})
