/** A list that keeps only its last items. */
export class Recent<T> {
  readonly #items: T[] = []
  #added = 0

  /** @param max - items that are kept */
  constructor(private readonly max: number) {}

  /** How many items were added and are no longer kept. */
  get dropped(): number {
    return this.#added - this.#items.length
  }

  add(item: T): void {
    this.#items[this.#added % this.max] = item
    this.#added += 1
  }

  /** Oldest first. */
  list(): T[] {
    const first = this.dropped === 0 ? 0 : this.#added % this.max
    return [...this.#items.slice(first), ...this.#items.slice(0, first)]
  }
}
