/** A map that forgets its least recently used entries. */
export class LruMap<K, V> {
  /** Most recently used last. */
  readonly #entries = new Map<K, V>()

  /** @param maxEntries - `evict` removes entries beyond this many */
  constructor(private readonly maxEntries: number) {}

  /** Counts as a use of the entry. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  /**
   * Removes the least recently used entries until at most `maxEntries` are left.
   * @param mayEvict - entries for which this is false stay, even if too many are left then; default: none
   * @returns what was removed, the least recently used first
   */
  evict(mayEvict: (key: K, value: V) => boolean = () => true): V[] {
    const evicted: V[] = []
    for (const [key, value] of this.#entries) {
      if (this.#entries.size <= this.maxEntries) break
      if (!mayEvict(key, value)) continue
      this.#entries.delete(key)
      evicted.push(value)
    }
    return evicted
  }
}
