import assert from 'node:assert/strict'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { RunLeases } from '../../../src/lease/run-leases.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { RedisServer } from '../../support/redis-server.js'

describe('files on their way to the run process', () => {
  let server: RedisServer
  let runs: RunLeases
  const content = Buffer.from([0x89, 0x50, 0x00, 0xff, 0xfe])

  before(async () => {
    server = await RedisServer.start()
    runs = new RunLeases(new LeaseScripts(server.connect()))
  })
  after(async () => server[Symbol.asyncDispose]())

  /** A run with a lease of it. */
  async function begin(run: string, lease: string): Promise<void> {
    await runs.open(run)
    await runs.scripts.redis.hset(runs.scripts.key('lease', lease), 'run', run)
  }

  it('arrive as they were, and are kept no longer', async () => {
    await begin('r1', '1')
    assert.equal(await runs.storeArtifact('r1', '1', '1/1/alice/screenshot.png', content), true)
    assert.deepEqual(await runs.takeArtifact('r1', '1/1/alice/screenshot.png'), content)
    assert.equal(await runs.takeArtifact('r1', '1/1/alice/screenshot.png'), undefined)
    assert.equal(await runs.scripts.redis.hget(runs.scripts.key('run', 'r1'), 'artifactBytes'), '0')
  })

  it('are taken of a lease that is held only, and of a run that is there', async () => {
    await begin('r2', '2')
    assert.equal(await runs.storeArtifact('r2', '1', 'k', content), false)
    assert.equal(await runs.storeArtifact('r2', '99', 'k', content), false)
    assert.equal(await runs.storeArtifact('gone', '2', 'k', content), false)
    assert.equal(await runs.takeArtifact('r2', 'k'), undefined)
  })

  it('may not fill the memory while nobody fetches them', async () => {
    await begin('r3', '3')
    const store = async (key: string): Promise<unknown> => runs.scripts.call('artifact', 'r3', '3', key, content, 12)
    assert.deepEqual([await store('a'), await store('b'), await store('c')], [1, 1, 0])
    await runs.takeArtifact('r3', 'a')
    assert.equal(await store('c'), 1)
  })

  it('go with their run', async () => {
    await forgetRun(runs, 'r3')
    assert.deepEqual(await runs.scripts.redis.keys('*r3*artifacts*'), [])
  })
})
