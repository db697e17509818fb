import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import type { RunEvent } from '../../../src/event/run-event.js'
import { connectFarm, type FarmConnection } from '../../../src/run/farm-connection.js'
import { followRun } from '../../../src/run/follow-run.js'
import { queueKey } from '../../../src/queue/key-names.js'
import { RedisServer } from '../../support/redis-server.js'

const run = 'r'
const start = { type: 'run:start', version: 1, run, options: {}, at: 1 }
const listing = (id: string) => ({ id, file: `${id}.ts`, firstRole: 'a', roles: { a: 'x' } })

describe('two followers of one run', () => {
  let server: RedisServer
  let farm: FarmConnection
  const stops: AbortController[] = []
  beforeEach(async () => {
    server = await RedisServer.start()
    farm = await connectFarm(`unix://${server.socket}`)
    await farm.runs.open(run)
    const key = farm.runs.scripts.key('run', run)
    await farm.redis.hset(key, 'ttl', '', 'secrets', '[]')
    await farm.redis.sadd(`${key}:needs`, 'q')
    await append({ ...start, modules: [listing('m'), listing('last')] })
  })
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop.abort()
    farm.close()
    await server[Symbol.asyncDispose]()
  })

  async function append(event: object, id = '*'): Promise<void> {
    await farm.redis.xadd(farm.runs.scripts.key('run', run, 'events'), id, 'event', JSON.stringify(event))
  }

  /** As BullMQ's script does, when it stores the result. */
  async function complete(module: string, id = '*'): Promise<void> {
    const returned = JSON.stringify({ module, verdict: 'passed', attempts: 1, lease: '1' })
    const key = queueKey(farm.prefix, 'q', 'events')
    await farm.redis.xadd(key, id, 'event', 'completed', 'jobId', `m-${module}`, 'returnvalue', returned)
  }

  const lost = (module: string) => ({ type: 'module:end', module, verdict: 'lost', attempts: 0, reasons: ['x'], at: 2 })

  function follow() {
    const stop = new AbortController()
    stops.push(stop)
    const ends: string[] = []
    let report = (): void => {}
    const first = new Promise<void>(resolve => (report = resolve))
    const onEvent = (event: RunEvent): void => {
      if (event.type !== 'module:end') return
      ends.push(`${event.module} ${event.verdict}`)
      report()
    }
    const fileTargets = { saveArtifact: () => Promise.reject(new Error('no file')), project: undefined }
    const done = followRun({ run, farm, onEvent, fileTargets, warn: () => {}, stop: stop.signal })
    return { ends, first: Promise.race([first, done]), done }
  }

  it('agree if Redis restarts without a result that one of them has seen', async () => {
    const dump = path.join(server.folder, 'dump.rdb')
    await farm.redis.save()
    await copyFile(dump, `${dump}.old`)
    const early = follow()
    await complete('m')
    await early.first
    await copyFile(`${dump}.old`, dump)
    await server.restartEmpty()
    const recorded = farm.runs.scripts.key('run', run, 'results')
    const deadline = Date.now() + 10_000
    while ((await farm.redis.hget(recorded, 'm')) === null) assert.ok(Date.now() < deadline, 'it is not recorded again')
    await append(lost('m'))
    await complete('last')
    const late = follow()
    assert.deepEqual(await early.done, await late.done)
    // Both may have ended in the same millisecond.
    assert.deepEqual(late.ends.toSorted(), ['last passed', 'm passed'])
  })

  it('agree if a module ended twice and the clock of Redis was set back between', async () => {
    const ahead = Date.now() + 20_000
    const early = follow()
    await append(lost('m'), `${ahead}-1`)
    await early.first
    await complete('m', `${ahead - 10_000}-1`)
    await complete('last')
    const late = follow()
    assert.deepEqual(await early.done, await late.done)
    assert.deepEqual(late.ends.toSorted(), ['last passed', 'm lost'])
  })

  it('agree if another one has recorded something else before they could', async () => {
    const early = follow()
    await complete('m')
    await early.first
    const recorded = farm.runs.scripts.key('run', run, 'results')
    await farm.redis.hset(recorded, 'm', JSON.stringify({ module: 'm', verdict: 'not-run', attempts: 0 }))
    await complete('last')
    assert.deepEqual(await early.done, await follow().done)
    assert.deepEqual(early.ends, ['m passed', 'last passed', 'm not-run'])
  })
})
