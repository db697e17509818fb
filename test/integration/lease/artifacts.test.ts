import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
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

  const take = async (run: string, key: string, bytes = content.length): Promise<Buffer> => {
    const parts: Buffer[] = []
    for await (const part of runs.files.fetchArtifact(run, key, bytes)) parts.push(part)
    return Buffer.concat(parts)
  }
  const waiting = async (run: string): Promise<unknown> => {
    const { redis } = runs.scripts
    return [
      await redis.hget(runs.scripts.key('run', run), 'artifactBytes'),
      await redis.hkeys(runs.scripts.key('run', run, 'artifacts')),
    ]
  }
  const gone = { message: 'it is no longer there' }

  it('arrive as they were, and are kept no longer', async () => {
    await begin('r1', '1')
    assert.equal(
      await runs.files.storeArtifact({ run: 'r1', lease: '1', key: '1/1/alice/screenshot.png' }, content),
      true,
    )
    assert.deepEqual(await take('r1', '1/1/alice/screenshot.png'), content)
    await assert.rejects(take('r1', '1/1/alice/screenshot.png'), gone)
    assert.deepEqual(await waiting('r1'), ['0', []])
  })

  it('are sent in parts, however they are read, and leave nothing if they are not read to the end', async () => {
    await begin('big', '4')
    const film = randomBytes(3 * 1024 * 1024 + 17)
    const chunks = Array.from({ length: 50 }, (_, at) => film.subarray(at * 65_000, (at + 1) * 65_000))
    assert.equal(await runs.files.storeArtifact({ run: 'big', lease: '4', key: 'film' }, Readable.from(chunks)), true)
    assert.equal((await runs.scripts.redis.hkeys(runs.scripts.key('run', 'big', 'artifacts'))).length, 4)
    assert.ok((await take('big', 'film', film.length)).equals(film))
    assert.deepEqual(await waiting('big'), ['0', []])
    await runs.files.storeArtifact({ run: 'big', lease: '4', key: 'film' }, film)
    for await (const part of runs.files.fetchArtifact('big', 'film', film.length)) if (part.length > 0) break
    await runs.files.dropArtifact('big', 'film', film.length)
    assert.deepEqual(await waiting('big'), ['0', []])
    const broken = Readable.from(
      (async function* () {
        yield film
        await Promise.reject(new Error('the disk is gone'))
      })(),
    )
    await assert.rejects(runs.files.storeArtifact({ run: 'big', lease: '4', key: 'film' }, broken), {
      message: 'the disk is gone',
    })
    assert.deepEqual(await waiting('big'), ['0', []])
  })

  it('are accepted only from a held lease, and for an existing run', async () => {
    await begin('r2', '2')
    assert.equal(await runs.files.storeArtifact({ run: 'r2', lease: '1', key: 'k' }, content), false)
    assert.equal(await runs.files.storeArtifact({ run: 'r2', lease: '99', key: 'k' }, content), false)
    assert.equal(await runs.files.storeArtifact({ run: 'gone', lease: '2', key: 'k' }, content), false)
    await assert.rejects(take('r2', 'k'), gone)
  })

  it('cannot fill the memory while no process fetches them', async () => {
    await begin('r3', '3')
    const store = async (key: string): Promise<unknown> =>
      runs.scripts.call('store-artifact', 'r3', '3', key, content, 12)
    assert.deepEqual([await store('a#0'), await store('b#0'), await store('c#0')], [1, 1, -1])
    await take('r3', 'a')
    assert.equal(await store('c#0'), 1)
  })

  it('arrive at every follower of a detached run, until there is no room for both old and new ones', async () => {
    await begin('kept', '6')
    await runs.scripts.redis.hset(runs.scripts.key('run', 'kept'), 'ttl', '')
    const store = async (key: string): Promise<unknown> =>
      runs.scripts.call('store-artifact', 'kept', '6', `${key}#0`, content, 12)
    assert.deepEqual([await store('a'), await store('b')], [1, 1])
    assert.equal(await store('c'), -1, 'nobody has fetched the others')
    for (const _ of ['one', 'another']) assert.deepEqual(await take('kept', 'a'), content)
    for await (const _ of runs.files.fetchArtifact('kept', 'b', content.length)) break // this one is stopped
    assert.deepEqual(await take('kept', 'b'), content)
    assert.equal(await store('c'), 1)
    await assert.rejects(take('kept', 'a'), gone)
    assert.deepEqual([await take('kept', 'b'), await take('kept', 'c')], [content, content])
    assert.equal(((await waiting('kept')) as string[])[0], '10')
    await forgetRun(runs, 'kept')
    assert.deepEqual(await runs.scripts.redis.keys('*:run:kept:*'), [])
  })

  it('wait for room if they are videos, and leave nothing behind if there is none', async () => {
    await begin('full', '5')
    const { redis } = runs.scripts
    const key = runs.scripts.key('run', 'full')
    const film = randomBytes(2 * 1024 * 1024)
    // All but one part of what films of a run may have.
    const taken = 191 * 1024 * 1024
    await redis.hset(key, 'artifactBytes', taken)
    assert.equal(await runs.files.storeArtifact({ run: 'full', lease: '5', key: 'picture' }, content), true)
    await take('full', 'picture')
    const stored = runs.files.storeArtifact({ run: 'full', lease: '5', key: 'film' }, film, 'large')
    await redis.hincrby(key, 'artifactBytes', -film.length)
    assert.equal(await stored, true)
    await take('full', 'film', film.length)
    await redis.hset(key, 'artifactBytes', taken, 'ttl', '')
    assert.equal(
      await runs.files.storeArtifact({ run: 'full', lease: '5', key: 'film' }, film, 'large'),
      false,
      'nobody may be there to fetch',
    )
    assert.deepEqual(await waiting('full'), [String(taken), []])
  })

  it('are removed with their run', async () => {
    await forgetRun(runs, 'r3')
    assert.deepEqual(await runs.scripts.redis.keys('*r3*artifacts*'), [])
  })
})
