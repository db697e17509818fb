import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppCache } from '../../../src/host/app-cache.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../../src/process/owned-directory.js'

describe('the apps that a host has', () => {
  let directory: OwnedDirectory
  let fetched: string[]
  let cache: AppCache
  beforeEach(async () => {
    directory = await makeOwnedDirectory('apps')
    fetched = []
    const fetch = async (hash: string): Promise<Buffer | undefined> => {
      fetched.push(hash)
      return hash === 'gone' ? undefined : Buffer.from(hash)
    }
    cache = new AppCache(fetch, directory.path, 2)
  })
  afterEach(async () => directory.remove())

  const wish = async (hash: string, name = 'chat.apk', device = 'alice') =>
    (await cache.requirementsFor(device, { app: { hash, name } })).app
  const kept = async () => {
    const folders = await readdir(path.join(directory.path, 'apps'))
    return folders.map(name => name.replace(/-.*/, '')).toSorted()
  }

  it('are fetched once for each content, and have the name that the caller gives them', async () => {
    const [one, other] = await Promise.all([wish('a'), wish('a', 'nightly.apk')])
    assert.deepEqual([one?.name, other?.name, one?.path], ['chat.apk', 'nightly.apk', other?.path])
    assert.equal(await readFile(one?.path ?? '', 'utf8'), 'a')
    assert.equal(path.extname(one?.path ?? ''), '.apk')
    assert.deepEqual(fetched, ['a'])
  })

  it('never leave their folder, for any file names that another host sends', async () => {
    await assert.rejects(wish('../../escaped'), /leads out of/)
    assert.deepEqual(await readdir(directory.path), ['apps'])
  })

  it('are removed, least recently used first, and fetched again', async () => {
    for (const hash of ['a', 'b', 'a', 'c']) await wish(hash)
    assert.deepEqual(await kept(), ['a', 'c'])
    assert.equal(await readFile((await wish('b'))?.path ?? '', 'utf8'), 'b')
    assert.deepEqual(fetched, ['a', 'b', 'c', 'b'])
  })

  it('stay as long as a device has them, even beyond the limit', async () => {
    for (const [device, hash] of ['a', 'b', 'c', 'd'].entries()) await wish(hash, 'chat.apk', `phone-${device}`)
    assert.deepEqual(await kept(), ['a', 'b', 'c', 'd'])
    await cache.requirementsFor('phone-0', {})
    await wish('e', 'chat.apk', 'phone-1')
    assert.deepEqual(await kept(), ['c', 'd', 'e'])
    assert.deepEqual(fetched, ['a', 'b', 'c', 'd', 'e'])
  })

  it('are requested again if they were not stored', async () => {
    for (let time = 0; time < 2; time++) await assert.rejects(wish('gone'), /the app gone is no longer stored/)
    assert.deepEqual(fetched, ['gone', 'gone'])
  })
})
