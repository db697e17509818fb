import assert from 'node:assert/strict'
import { Queue, Worker } from 'bullmq'
import type { RunAttempt } from '../../../src/host/attempt/attempt.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const stalled = 'job stalled more than allowable limit'
const id = 'a module, with / and ü'

/** Fails the next job of a queue as BullMQ's own workers do: in plain text. */
async function failNext(farm: AllocationFarm, queue: string, reason: string): Promise<void> {
  const connection = farm.server.connect()
  const options = { connection, prefix: farm.prefix, skipVersionCheck: true, autorun: false }
  const worker = new Worker(queue, null, options)
  try {
    const job = await worker.getNextJob('somebody', { block: false })
    await job.moveToFailed(new Error(reason), 'somebody', false)
  } finally {
    await worker.close()
    connection.disconnect()
  }
}

const texts = [stalled, '', '{"lease":"1"}', '{"verdict":7}', '["failed"]', 'null', '{', '"lease":"1"']

describe('a job that BullMQ or another program failed with plain text', () => {
  for (const text of texts) {
    it(`is lost with that text as the reason if it never ran: '${text}'`, async () => {
      await using farm = await AllocationFarm.start()
      const [queue = ''] = await farm.submit('r', [{ id, needs: { a: '' } }])
      await failNext(farm, queue, text)
      const [result] = await farm.results('r', [queue], 1)
      const reasons = [text || 'BullMQ failed its job without a reason']
      assert.deepEqual(result, { module: id, verdict: 'lost', attempts: 0, reasons })
    })

    it(`is removed from its queue with the others if its run is cancelled: '${text}'`, async () => {
      await using farm = await AllocationFarm.start()
      const modules = [id, 'other'].map(each => ({ id: each, needs: { a: '' } }))
      const [queue = ''] = await farm.submit('r', modules, { retries: 1 })
      await failNext(farm, queue, text)
      await farm.runs.cancel('r', 'Ctrl-C')
      const results = await farm.results('r', [queue], 2)
      const seen = results.map(({ module, verdict, attempts, reasons }) => [module, verdict, attempts, reasons])
      assert.deepEqual(
        seen.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
        [
          [id, 'failed', 1, ['Ctrl-C']],
          ['other', 'not-run', 0, ['Ctrl-C']],
        ],
      )
    })

    it(`runs again if it has an attempt left: '${text}'`, async () => {
      await using farm = await AllocationFarm.start()
      const [queue = ''] = await farm.submit('r', [{ id, needs: { a: '' } }], { retries: 1 })
      await failNext(farm, queue, text)
      await farm.host('h1', [device('a1')])
      const [result] = await farm.results('r', [queue], 1)
      assert.deepEqual([result?.verdict, result?.attempts], ['flaky', 2])
      assert.deepEqual(farm.errors, [])
    })
  }

  it('has failed if it failed in an earlier attempt, and keeps that attempt', async () => {
    await using farm = await AllocationFarm.start()
    const [queue = ''] = await farm.submit('r', [{ id, needs: { a: '' } }], { retries: 1, retryDelayMs: 60_000 })
    let lease = ''
    const runAttempt: RunAttempt = ({ grant }) => {
      lease = grant.lease
      return Promise.resolve({ verdict: 'failed', reusable: ['a1'] })
    }
    const host = await farm.host('h1', [device('a1')], { runAttempt })
    await farm.untilIdle(['a1'])
    await host.stop()
    const bull = new Queue(queue, { connection: farm.redis, prefix: farm.prefix, skipVersionCheck: true })
    const [delayed] = await bull.getDelayed()
    await delayed?.promote()
    await bull.close()
    await failNext(farm, queue, stalled)
    const [result] = await farm.results('r', [queue], 1)
    assert.deepEqual(result, { module: id, verdict: 'failed', attempts: 1, lease, reasons: [stalled] })
  })
})

describe('a result', () => {
  it('is a field of its job, whose reason is plain text', async () => {
    await using farm = await AllocationFarm.start()
    const outcomes: Record<string, Awaited<ReturnType<RunAttempt>>> = {
      fails: { verdict: 'failed' },
      lost: { verdict: 'infrastructure', reason: 'no session' },
    }
    const modules = Object.keys(outcomes).map(each => ({ id: each, needs: { a: '' } }))
    const [queue = ''] = await farm.submit('r', modules)
    await farm.host('h1', [device('a1')], {
      runAttempt: ({ module }) => Promise.resolve(outcomes[module.module] ?? assert.fail()),
    })
    const results = await farm.results('r', [queue], 2)
    const reasons = { fails: 'failed', lost: 'lost: no session; no session; no session' }
    for (const [module, reason] of Object.entries(reasons)) {
      const job = await farm.redis.hgetall(`${farm.prefix}:${queue}:m-${module}`)
      assert.deepEqual(
        JSON.parse(job['result'] ?? ''),
        results.find(result => result.module === module),
      )
      assert.equal(job['failedReason'], reason)
    }
  })
})
