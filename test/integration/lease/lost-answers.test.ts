import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { rmSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { RunLeases } from '../../../src/lease/run-leases.js'
import { runStreamKey } from '../../../src/lease/protocol/keys.js'
import { eventually } from '../process/alive.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const unrecorded = 'its result could not be recorded'
const one = [{ id: 'm', needs: { a: '' } }]

/** Refuses what records a pass, and takes everything else. */
function refuseResults(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    if (!command.args.includes('completed')) return send(command, stream)
    command.reject(new Error('BUSY Redis is busy running a script'))
    return command.promise
  }
  return redis
}

/** A host's first heartbeat, which holds no lease yet. */
const isFirstBeat = (last: unknown): boolean => last === '[]'
/** What brings devices into the farm. */
const isEnrolment = (last: unknown): boolean => typeof last === 'string' && last.startsWith('[{"name":')

/** Takes one command for one that is lost with its connection, by its last argument. */
function losing(redis: Redis, isMeant: (last: unknown) => boolean, lose = { next: true }): Redis {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    if (!lose.next || !isMeant(command.args.at(-1))) return send(command, stream)
    lose.next = false
    command.reject(new Error('Connection is closed.'))
    return command.promise
  }
  return redis
}

/** Cuts a connection once, when a command was executed and before it was answered; by default a lease's fetch. */
async function cuttingProxy(
  farm: AllocationFarm,
  path: string,
  command = 'srem',
): Promise<{ arm: () => void; close: () => void }> {
  let armed = false
  const server = net.createServer(client => {
    const redis = net.connect(farm.server.socket)
    let mute = false
    client.on('data', data => {
      if (armed && data.includes(command)) {
        armed = false
        mute = true
        redis.once('data', () => client.destroy())
      }
      redis.write(data)
    })
    redis.on('data', data => mute || client.write(data))
    for (const socket of [client, redis]) {
      socket.on('error', () => {})
      socket.on('close', () => [client, redis].forEach(each => each.destroy()))
    }
  })
  server.listen(path)
  return { arm: () => (armed = true), close: () => server.close() }
}

describe('answers of Redis that are lost', () => {
  it('leave no promise without a lease after an old snapshot: no job is held back', async () => {
    await using farm = await AllocationFarm.start()
    const promises = (queue: string): string => `${farm.prefix}:promised:${queue}`
    await farm.host('h1', [device('a1')], {
      runAttempt: async ({ grant }) => {
        await farm.redis.sadd(promises(grant.queue), grant.lease)
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit('r', [...one, { id: 'm2', needs: { a: '' } }])
    await farm.results('r', queues, 2)
    await farm.untilIdle(['a1'])
    assert.deepEqual(await farm.redis.smembers(promises(queues[0] ?? '')), [])
  })

  it('make a refused result an infrastructure failure: the module is lost after three', async () => {
    await using farm = await AllocationFarm.start()
    let executions = 0
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      redis: () => refuseResults(farm.server.connect()),
      runAttempt: async () => {
        executions += 1
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit('r', one)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.reasons], ['lost', Array(3).fill(unrecorded)])
    assert.equal(executions, 3)
    assert.equal(farm.errors.length, 3)
  })

  it('do not keep a host from serving if its first heartbeat is lost', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], { ttlMs: 10_000, redis: () => losing(farm.server.connect(), isFirstBeat) })
    const [result] = await farm.results('r', await farm.submit('r', one), 1)
    assert.equal(result?.verdict, 'passed')
    assert.match(String(farm.errors), /^[^,]*Connection is closed/)
  })

  it('make a host that came back without its devices register them with its next heartbeat', async () => {
    await using farm = await AllocationFarm.start()
    const lose = { next: false }
    const redis = (): Redis => losing(farm.server.connect(), isEnrolment, lose)
    await farm.host('h1', [device('a1')], { ttlMs: 3_000, redis })
    await farm.untilIdle(['a1'])
    lose.next = true
    await farm.redis.zadd(`${farm.prefix}:hosts`, 1, 'h1')
    const [result] = await farm.results('r', await farm.submit('r', one), 1)
    assert.equal(result?.verdict, 'passed')
    assert.equal(lose.next, false)
    assert.match(String(farm.errors), /^[^,]*Connection is closed/)
  })

  it('do not make the job of an unanswered fetch wait until its lock expires', async () => {
    await using farm = await AllocationFarm.start()
    const path = join(farm.server.folder, 'cut.sock')
    const proxy = await cuttingProxy(farm, path)
    const reasons: (readonly string[])[] = []
    await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      redis: () => new Redis({ path, maxRetriesPerRequest: null, retryStrategy: () => 20 }),
      runAttempt: async ({ infraFailures }) => {
        reasons.push(infraFailures)
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    await farm.untilIdle(['a1'])
    proxy.arm()
    const [result] = await farm.results('r', await farm.submit('r', one), 1)
    assert.equal(result?.verdict, 'passed')
    assert.deepEqual(reasons, [[unrecorded]])
    proxy.close()
  })

  it('never add events and files twice', async () => {
    await using farm = await AllocationFarm.start()
    const path = join(farm.server.folder, 'cut.sock')
    const proxy = await cuttingProxy(farm, path, 'evalsha')
    const redis = new Redis({ path, maxRetriesPerRequest: null, retryStrategy: () => 20 })
    const runs = new RunLeases(new LeaseScripts(redis, { prefix: farm.prefix }))
    const event = { type: 'device:state', device: 'a1', host: 'h1', state: 'idle', at: 1 } as const
    await runs.open('r')
    await farm.redis.hset(`${farm.prefix}:lease:1`, 'run', 'r')
    for (const lease of ['1', undefined]) {
      assert.equal(await runs.append('r', [event], lease), 0)
      proxy.arm()
      assert.equal(await runs.append('r', [event, event], lease), 0)
    }
    assert.equal(await farm.redis.xlen(runStreamKey(farm.prefix, 'r')), 6)
    assert.equal(await runs.files.storeArtifact({ run: 'r', lease: '1', key: 'one' }, Buffer.from('abc')), true)
    proxy.arm()
    assert.equal(await runs.files.storeArtifact({ run: 'r', lease: '1', key: 'two' }, Buffer.from('def')), true)
    assert.equal(await farm.redis.hget(`${farm.prefix}:run:r`, 'artifactBytes'), '6')
    redis.disconnect()
    proxy.close()
  })

  it('do not crash a stopping host that can no longer record a result', async () => {
    await using farm = await AllocationFarm.start()
    const news = new EventEmitter()
    const [started, ended] = [once(news, 'started'), once(news, 'ended')]
    const connections: Redis[] = []
    const connect = (): Redis => {
      const redis = farm.server.connect()
      connections.push(redis)
      return redis
    }
    const loop = await farm.host('h1', [device('a1')], {
      ttlMs: 10_000,
      redis: connect,
      runAttempt: async (_, signal) => {
        news.emit('started')
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
        // Its host has let go of Redis meanwhile.
        await delay(100)
        news.emit('ended')
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    await farm.submit('r', one)
    await started
    process.kill(farm.server.pid, 'SIGKILL')
    await eventually('the connection is gone', async () => connections[0]?.status !== 'ready')
    rmSync(farm.server.socket, { force: true })
    // It is back, and loads its data.
    const loading = net.createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write('-LOADING Redis is loading the dataset in memory\r\n'))
    })
    loading.listen(farm.server.socket)
    await eventually('the host waits for it', async () => connections[0]?.status === 'connect')
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    await loop.stop('abort')
    await ended
    // Node tells of it once the promises that follow have run.
    await delay(50)
    process.off('unhandledRejection', note)
    loading.close()
    assert.deepEqual(unhandled, [])
  })
})
