import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { unpackBundle, type UnpackedBundle } from '../module/pack-bundle.js'

/** Bundles as this host has them: loaded once for each hash, their files unpacked into a folder of their own. */
export class BundleCache {
  readonly #bundles = new Map<string, Promise<UnpackedBundle>>()

  /**
   * @param load - fetches a packed bundle by its hash
   * @param mostBundles - the oldest beyond this many are loaded again when they are needed again
   */
  constructor(
    private readonly load: (hash: string) => Promise<Buffer | undefined>,
    private readonly directory: string,
    private readonly mostBundles = 500,
  ) {}

  /** @throws where the bundle is not stored any more */
  async get(hash: string): Promise<UnpackedBundle> {
    const known = this.#bundles.get(hash) ?? this.#unpack(hash)
    // most recently used last
    this.#bundles.delete(hash)
    this.#bundles.set(hash, known)
    const [oldest] = this.#bundles.keys()
    if (this.#bundles.size > this.mostBundles && oldest !== undefined) this.#bundles.delete(oldest)
    try {
      return await known
    } catch (error) {
      this.#bundles.delete(hash)
      throw error
    }
  }

  async #unpack(hash: string): Promise<UnpackedBundle> {
    const packed = await this.load(hash)
    if (!packed) throw new Error(`bundle ${hash} is no longer stored`)
    const directory = path.join(this.directory, 'modules', hash)
    await mkdir(directory, { recursive: true })
    return unpackBundle(packed, directory)
  }
}
