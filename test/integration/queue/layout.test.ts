import assert from 'node:assert/strict'
import { Queue, Worker, type Job } from 'bullmq'
import { bullNames, queueKey } from '../../../src/queue/key-names.js'
import { RedisServer } from '../../support/redis-server.js'

const PREFIX = '{baton}'
const NAME = 'layout'

/** What Baton reads and writes behind BullMQ's back, seen from BullMQ's own operations. */
describe("BullMQ's layout in Redis", () => {
  it('matches key-names.ts', async () => {
    await using server = await RedisServer.start()
    const redis = server.connect()
    const options = { connection: redis, prefix: PREFIX, skipVersionCheck: true }
    const queue = new Queue(NAME, options)
    const worker = new Worker(NAME, null, { ...options, autorun: false, lockDuration: 60_000, stalledInterval: 60_000 })
    const key = (name: Parameters<typeof queueKey>[2]): string => queueKey(PREFIX, NAME, name)
    const jobKey = (id: string): string => `${PREFIX}:${NAME}:${id}`
    try {
      await queue.add('a', { n: 1 }, { jobId: 'm-wait' })
      assert.deepEqual(await redis.lrange(key('wait'), 0, -1), ['m-wait'])
      assert.equal(await redis.hget(jobKey('m-wait'), bullNames.nameField), 'a')
      assert.equal(await redis.hget(jobKey('m-wait'), bullNames.dataField), '{"n":1}')

      await queue.add('a', {}, { jobId: 'm-prioritized', priority: 5 })
      assert.deepEqual(await redis.zrange(key('prioritized'), '0', '-1'), ['m-prioritized'])

      const before = Date.now()
      await queue.add('a', {}, { jobId: 'm-delayed', delay: 60_000 })
      const [id, score] = await redis.zrange(key('delayed'), '0', '-1', 'WITHSCORES')
      assert.equal(id, 'm-delayed')
      const due = Math.floor(Number(score) / bullNames.delayedFactor)
      assert.ok(due >= before + 60_000 && due <= Date.now() + 60_000, `due ${due}`)

      await queue.pause()
      assert.equal(await redis.hexists(key('meta'), bullNames.pausedField), 1)
      assert.equal(await redis.llen(key('wait')), 1, 'a paused queue keeps its jobs in wait')
      await queue.resume()
      assert.equal(await redis.hexists(key('meta'), bullNames.pausedField), 0)

      const job: Job | undefined = await worker.getNextJob('token-1', { block: false })
      assert.equal(job?.id, 'm-wait')
      assert.deepEqual(await redis.lrange(key('active'), 0, -1), ['m-wait'])
      const lock = `${jobKey('m-wait')}${bullNames.lockSuffix}`
      assert.equal(await redis.get(lock), 'token-1')
      await job.log('text')
      assert.equal(await redis.llen(`${jobKey('m-wait')}${bullNames.logsSuffix}`), 1)

      // As an expiring lease does it: lock gone, marked as stalled, the pass let through.
      await redis.del(lock, key('stalledCheck'))
      await redis.sadd(key('stalled'), 'm-wait')
      assert.deepEqual(await worker.getBackend().moveStalledJobsToWait(), ['m-wait'])
      assert.equal(await redis.exists(key('stalledCheck')), 1)
      assert.deepEqual(await redis.lrange(key('wait'), 0, -1), ['m-wait'])

      const again: Job | undefined = await worker.getNextJob('token-2', { block: false })
      assert.ok(again)
      await again.moveToFailed(new Error('why'), 'token-2', false)
      assert.equal(await redis.hget(jobKey('m-wait'), bullNames.failedReasonField), 'why')
      assert.equal(await redis.hget(jobKey('m-wait'), bullNames.attemptsField), '1')
      assert.deepEqual(await redis.zrange(key('failed'), '0', '-1'), ['m-wait'])
      const events = await redis.xrange(key('events'), '-', '+')
      const failed = events.find(([, fields]) => fields[1] === 'failed')?.[1] ?? []
      assert.equal(failed[failed.indexOf(bullNames.failedReasonField) + 1], 'why')

      // Results are written by the script that moves the job, whichever way it goes.
      const backend = worker.getBackend()
      const moves = {
        again: (id: string, update: object) => backend.retryJob(id, false, 'token-3', update),
        delayed: (id: string, update: object) => backend.moveToDelayed(id, Date.now(), 60_000, 'token-3', update),
      }
      await queue.drain(true)
      for (const [name, move] of Object.entries(moves)) {
        await queue.add('a', {}, { jobId: `m-${name}`, attempts: 3 })
        const next: Job | undefined = await worker.getNextJob('token-3', { block: false })
        assert.equal(next?.id, `m-${name}`)
        await move(`m-${name}`, { fieldsToUpdate: { [bullNames.resultField]: 'r' } })
        assert.equal(await redis.hget(jobKey(`m-${name}`), bullNames.resultField), 'r')
        assert.equal(await redis.hget(jobKey(`m-${name}`), bullNames.attemptsField), '1')
        await queue.drain(true)
      }
    } finally {
      await worker.close()
      await queue.close()
    }
  })
})
