import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { unpackBundle, type UnpackedBundle } from '../module/pack-bundle.js'
import { pathInside } from '../module/unpack-files.js'
import { LruMap } from '../process/lru-map.js'

interface CachedBundle {
  bundle: Promise<UnpackedBundle>
  /** Modules that use it now. */
  users: number
}

/** Bundles as this host has them: loaded once for each hash, their files unpacked into a folder of their own. */
export class BundleCache {
  readonly #bundles: LruMap<string, CachedBundle>

  /**
   * @param load - fetches a packed bundle by its hash
   * @param directory - parent of the bundles' folders
   * @param maxBundles - beyond this many, the least recently used bundles are removed, and loaded again if needed
   */
  constructor(
    private readonly load: (hash: string) => Promise<Buffer | undefined>,
    private readonly directory: string,
    maxBundles = 500,
  ) {
    this.#bundles = new LruMap(maxBundles)
  }

  /**
   * Lets `work` use a bundle; its files stay at least until that ends.
   * @throws if the bundle is no longer stored
   */
  async use<T>(hash: string, work: (bundle: Promise<UnpackedBundle>) => Promise<T>): Promise<T> {
    const cached = this.#bundles.get(hash) ?? { bundle: this.#load(hash), users: 0 }
    this.#bundles.set(hash, cached)
    cached.users += 1
    try {
      return await work(cached.bundle)
    } finally {
      cached.users -= 1
      await this.#removeOldest()
    }
  }

  async #removeOldest(): Promise<void> {
    for (const { bundle } of this.#bundles.evict((_, { users }) => users === 0)) {
      const unpacked = await bundle.catch(() => undefined)
      if (unpacked) await rm(unpacked.directory, { recursive: true, force: true })
    }
  }

  async #load(hash: string): Promise<UnpackedBundle> {
    try {
      const packed = await this.load(hash)
      if (!packed) throw new Error(`bundle ${hash} is no longer stored`)
      const parent = path.join(this.directory, 'modules')
      await mkdir(parent, { recursive: true })
      // never the folder of one that is being removed
      return await unpackBundle(packed, await mkdtemp(pathInside(parent, `${hash}-`)))
    } catch (error) {
      this.#bundles.delete(hash)
      throw error
    }
  }
}
