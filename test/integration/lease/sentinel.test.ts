import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRedis, connectRedis } from '../../../src/lease/open-redis.js'
import { freePort } from '../../../src/process/free-port.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { executeModules } from '../../support/execute-modules.js'
import { eventually } from '../process/alive.js'

describe('a Redis that Sentinel watches', () => {
  let folder: string
  const servers: ChildProcess[] = []
  const start = async (...args: string[]): Promise<ChildProcess> => {
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: folder })
    servers.push(server)
    for await (const text of server.stdout) if (/eady to accept|Sentinel ID is/.test(String(text))) break
    server.stdout.resume()
    return server
  }
  before(() => (folder = mkdtempSync(join(tmpdir(), 'baton-sentinel-'))))
  after(() => {
    for (const server of servers) server.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  it('is found, also after another one took over, and a run goes on, also after more than six seconds', async () => {
    const [primary, replica, sentinel] = [await freePort(), await freePort(), await freePort()]
    const stored = (name: string): string[] => ['--save', '', '--dbfilename', `${name}.rdb`]
    const first = await start('--port', `${primary}`, ...stored('a'))
    await start('--port', `${replica}`, '--replicaof', `127.0.0.1 ${primary}`, ...stored('b'))
    const config = join(folder, 'sentinel.conf')
    const rules = [`monitor farm 127.0.0.1 ${primary} 1`, 'down-after-milliseconds farm 6000']
    writeFileSync(config, [`port ${sentinel}`, ...rules.map(rule => `sentinel ${rule}`)].join('\n'))
    await start(config, '--sentinel')
    const url = `redis://127.0.0.1:${sentinel}?sentinel=farm`
    await using farm = await AllocationFarm.start()
    const redis = openRedis(url)
    await connectRedis(redis, url)
    assert.equal(redis.stream && 'remotePort' in redis.stream && redis.stream.remotePort, primary)
    let attempts = 0
    const loop = await farm.host('h1', [device('a1')], {
      redis: () => openRedis(url),
      runAttempt: async () => {
        if ((attempts += 1) === 2) {
          await redis.set('{baton}:before', '1')
          assert.equal(await redis.call('WAIT', '1', '30000'), 1, 'the replica has everything')
          first.kill('SIGKILL')
        }
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const watch = openRedis(`redis://127.0.0.1:${sentinel}`)
    await eventually('the replica is known', async () =>
      String(await watch.call('SENTINEL', 'replicas', 'farm')).includes('ok'),
    )
    const { outcome, ends } = await executeModules(url, ['m1', 'm2', 'm3'])
    assert.deepEqual(outcome, { verdicts: new Map(['m1', 'm2', 'm3'].map(name => [name, 'passed'])) })
    assert.deepEqual(ends, { m1: 1, m2: 1, m3: 1 })
    await redis.set('{baton}:written', '1')
    assert.equal(redis.stream && 'remotePort' in redis.stream && redis.stream.remotePort, replica)
    const state = '{baton}:device:a1'
    await eventually('the host serves again', async () => (await redis.hget(state, 'state')) === 'idle')
    await loop.stop()
    for (const each of [redis, watch]) each.disconnect()
  })
})
