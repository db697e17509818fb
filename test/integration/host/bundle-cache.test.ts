import assert from 'node:assert/strict'
import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BundleCache } from '../../../src/host/bundle-cache.js'
import { noSurroundings } from '../../../src/module/project-listing.js'
import { packBundle, type UnpackedBundle } from '../../../src/module/pack-bundle.js'

describe('the bundles that a host has', () => {
  let directory: string
  let loaded: string[]
  let cache: BundleCache

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'baton-test-'))
    loaded = []
    const load = async (hash: string): Promise<Buffer | undefined> => {
      loaded.push(hash)
      return hash === 'gone'
        ? undefined
        : packBundle({
            hash,
            code: hash,
            sourceMap: '',
            base: '.',
            files: [],
            externals: [],
            file: hash,
            ...noSurroundings,
          })
    }
    cache = new BundleCache(load, directory, 2)
  })
  afterEach(() => rm(directory, { recursive: true }))

  const folders = async (): Promise<string[]> =>
    (await readdir(path.join(directory, 'modules'))).map(name => name.replace(/-.*/, '')).toSorted()
  const use = async (hash: string): Promise<UnpackedBundle> => cache.use(hash, async bundle => bundle)

  it('are loaded once for several users at the same time', async () => {
    const [one, other] = await Promise.all([use('a'), use('a')])
    assert.equal(one.directory, other.directory)
    assert.deepEqual(loaded, ['a'])
  })

  it('are removed with their files, least recently used first', async () => {
    for (const hash of ['a', 'b', 'a', 'c']) await use(hash)
    assert.deepEqual(await folders(), ['a', 'c'])
    await use('b')
    assert.deepEqual(loaded, ['a', 'b', 'c', 'b'])
    assert.deepEqual(await folders(), ['b', 'c'])
  })

  it('stay while a module uses them', async () => {
    await cache.use('a', async bundle => {
      for (const hash of ['b', 'c', 'd']) await use(hash)
      await access((await bundle).directory)
    })
    assert.deepEqual(await folders(), ['a', 'd'])
  })

  it('never leave their folder, for any content of the queue or the bundle', async () => {
    await assert.rejects(use('../../escaped'), { code: 'BATON_MODULE_FILES' })
    for (const base of ['../escaped', '/tmp/baton-escaped', 'a/../../escaped']) {
      const packed = await packBundle({
        hash: base,
        code: '',
        sourceMap: '',
        base,
        files: [],
        externals: [],
        file: '',
        ...noSurroundings,
      })
      const escaping = new BundleCache(async () => packed, path.join(directory, 'bundles'))
      await assert.rejects(
        escaping.use('a', async bundle => bundle),
        { code: 'BATON_MODULE_FILES', message: /leads out of/ },
        base,
      )
    }
    assert.deepEqual((await readdir(directory)).toSorted(), ['bundles', 'modules'])
  })

  it('are loaded again after a failure', async () => {
    await assert.rejects(use('gone'), /bundle gone is no longer stored/)
    await assert.rejects(use('gone'))
    assert.deepEqual(loaded, ['gone', 'gone'])
  })
})
