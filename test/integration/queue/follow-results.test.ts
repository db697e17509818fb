import assert from 'node:assert/strict'
import { followResults, type RunUpdate } from '../../../src/queue/follow-results.js'
import { queueKey } from '../../../src/queue/key-names.js'
import { RedisServer } from '../../support/redis-server.js'

const prefix = '{farm}'
const runStream = `${prefix}:run`

/** A valid event of that type; `more` wins. */
function text(more: { type: string }): string {
  const ref = { module: 'm', lease: '1', attempt: 1 }
  const log = { stream: 'stdout', text: 'x' }
  const end = { verdict: 'passed', durationMs: 1, counts: { passed: 1, failed: 0, pending: 0 }, attempts: 1 }
  return JSON.stringify({ ...ref, ...log, ...end, stage: 'one', host: 'h', devices: {}, at: 0, ...more })
}

function nameOf(followed: RunUpdate): string {
  if (followed.kind === 'result') return followed.result.module
  if (followed.kind === 'invalid') return followed.invalid.problem
  const { event } = followed
  return event.type === 'stage' ? `stage ${event.state}` : event.type
}

describe('results of a run, followed', () => {
  it('are all reported, even if a stage of thousands ended before the run was followed', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const count = 2500
    const stage = (id: string, state: 'begun' | 'passed') =>
      redis.xadd(runStream, id, 'event', JSON.stringify({ type: 'stage', stage: 'all', state, at: 0 }))
    await stage('7-1', 'begun')
    const results = redis.pipeline()
    for (let module = 0; module < count; module++) {
      const value = JSON.stringify({ module: String(module), verdict: 'passed', attempts: 1, reasons: [] })
      results.xadd(queueKey(prefix, 'q', 'events'), '*', 'event', 'completed', 'returnvalue', value)
    }
    await results.exec()
    await stage('*', 'passed')
    const told: string[] = []
    const options = { redis: server.connect(), prefix, runStream, queues: ['q'], stages: new Map([['all', ['q']]]) }
    for await (const followed of followResults(options)) {
      told.push(nameOf(followed))
      if (told.length === count + 2) break
    }
    const modules = Array.from({ length: count }, (_, module) => String(module))
    assert.deepEqual(told, ['stage begun', ...modules, 'stage passed'])
  })

  it('come before their consequences, even if the follower is late', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const tell = (event: { type: string; [field: string]: unknown }) => redis.xadd(runStream, '*', 'event', text(event))
    for (let line = 0; line < 1500; line++) await tell({ type: 'log' })
    const told: string[] = []
    for await (const followed of followResults({ redis: server.connect(), prefix, runStream, queues: ['q'] })) {
      // a picture is being fetched, and meanwhile the module ends
      if (told.length === 0) {
        await redis.xadd(
          queueKey(prefix, 'q', 'events'),
          '*',
          'event',
          'failed',
          'jobId',
          'm-a',
          'failedReason',
          'failed',
        )
        await tell({ type: 'stage', state: 'failed' })
      }
      told.push(nameOf(followed))
      if (told.length === 1502) break
    }
    assert.deepEqual(told.slice(1500), ['a', 'stage failed'])
  })

  it('are reported, even if many are written in one millisecond', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const events = redis.pipeline()
    for (let line = 0; line < 2500; line++) events.xadd(runStream, `7-${line + 1}`, 'event', text({ type: 'log' }))
    await events.exec()
    const passed = { module: 'a', verdict: 'passed', attempts: 1, reasons: [] }
    const value = JSON.stringify(passed)
    await redis.xadd(queueKey(prefix, 'q', 'events'), '7-1', 'event', 'completed', 'returnvalue', value)
    const told: string[] = []
    for await (const followed of followResults({ redis: server.connect(), prefix, runStream, queues: ['q'] })) {
      told.push(nameOf(followed))
      if (told.length === 2501) break
    }
    assert.equal(told.at(-1), 'a')
  })

  for (const [clock, event, result] of [
    ['stands', 7, 7],
    ['was set back when its attempt began', 9, 7],
    ['was set back when the queue had been used before', 7, 9],
  ] as const) {
    it(`come between their attempts and their consequences if Redis's clock ${clock}`, async () => {
      await using server = await RedisServer.start()
      const redis = server.connect()
      const tell = (id: number, body: { type: string; [field: string]: unknown }) =>
        redis.xadd(runStream, `${event}-${id}`, 'event', text(body))
      await tell(1, { type: 'attempt:start', module: 'a', lease: '1' })
      await tell(2, { type: 'attempt:end', module: 'a', lease: '1' })
      const queue = queueKey(prefix, 'q', 'events')
      await redis.xadd(queue, `${result}-0`, 'event', 'failed', 'jobId', 'm-a', 'failedReason', 'failed')
      await tell(3, { type: 'stage', state: 'failed' })
      await tell(4, { type: 'module:end', module: 'b', verdict: 'not-run' })
      const told: string[] = []
      for await (const followed of followResults({ redis: server.connect(), prefix, runStream, queues: ['q'] })) {
        told.push(nameOf(followed))
        if (told.length === 5) break
      }
      assert.deepEqual(told, ['attempt:start', 'attempt:end', 'a', 'stage failed', 'module:end'])
    })
  }

  it('come after their causes and before their consequences, even within one millisecond', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const told = (id: string, event: { type: string; [field: string]: unknown }) =>
      redis.xadd(runStream, id, 'event', text(event))
    await redis.xadd(
      queueKey(prefix, 'q', 'events'),
      '7-0',
      'event',
      'failed',
      'jobId',
      'm-a',
      'failedReason',
      'failed',
    )
    await told('7-0', { type: 'attempt:end' })
    await told('7-1', { type: 'stage', stage: 'later', state: 'failed' })
    await told('7-2', { type: 'module:end', module: 'b', verdict: 'not-run' })
    const order: string[] = []
    for await (const followed of followResults({ redis: server.connect(), prefix, runStream, queues: ['q'] })) {
      order.push(nameOf(followed))
      if (order.length === 4) break
    }
    assert.deepEqual(order, ['attempt:end', 'a', 'stage failed', 'module:end'])
  })
})
