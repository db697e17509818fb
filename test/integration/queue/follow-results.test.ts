import assert from 'node:assert/strict'
import { followResults } from '../../../src/queue/follow-results.js'
import { queueKey } from '../../../src/queue/key-names.js'
import { RedisServer } from '../../support/redis-server.js'

const prefix = '{farm}'
const runStream = `${prefix}:run`

describe('results of a run, followed', () => {
  it('are all told, though a stage of thousands has ended before anybody followed', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const count = 2500
    const stage = (state: 'begun' | 'passed') =>
      redis.xadd(runStream, '*', 'event', JSON.stringify({ type: 'stage', stage: 'all', state, at: 0 }))
    await stage('begun')
    const results = redis.pipeline()
    for (let module = 0; module < count; module++) {
      const value = JSON.stringify({ module: String(module), verdict: 'passed', attempts: 1, reasons: [] })
      results.xadd(queueKey(prefix, 'q', 'events'), '*', 'event', 'completed', 'returnvalue', value)
    }
    await results.exec()
    await stage('passed')
    const told = new Set<string>()
    const options = { redis: server.connect(), prefix, runStream, queues: ['q'], stages: new Map([['all', ['q']]]) }
    for await (const followed of followResults(options)) {
      if (followed.kind === 'result') told.add(followed.result.module)
      if (told.size === count) break
    }
    assert.equal(told.size, count)
  })

  it('of one millisecond stand between what led to them and what they brought about', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const told = (id: string, event: object) => redis.xadd(runStream, id, 'event', JSON.stringify(event))
    const failed = { module: 'a', verdict: 'failed', attempts: 1, reasons: [] }
    await redis.xadd(queueKey(prefix, 'q', 'events'), '7-0', 'event', 'failed', 'failedReason', JSON.stringify(failed))
    await told('7-0', { type: 'attempt:end' })
    await told('7-1', { type: 'stage', stage: 'later', state: 'failed' })
    await told('7-2', { type: 'module:end', module: 'b', verdict: 'not-run' })
    const order: string[] = []
    for await (const followed of followResults({ redis: server.connect(), prefix, runStream, queues: ['q'] })) {
      order.push(followed.kind === 'result' ? followed.result.module : followed.event.type)
      if (order.length === 4) break
    }
    assert.deepEqual(order, ['attempt:end', 'a', 'stage', 'module:end'])
  })
})
