import type { Schedule } from '../../explore/schedule.js'

type Counts = ReadonlyMap<string, number>

/** How many messages there were before a test and before its body, of each label. */
export class EarlierMessages {
  #test: Counts = new Map()
  #body: Counts = new Map()

  startTest(counts: Counts): void {
    this.#test = counts
    this.#body = counts
  }

  /** Its hooks have run. */
  startBody(counts: Counts): void {
    this.#body = counts
  }

  get counts(): NonNullable<Schedule['earlier']> {
    return Object.fromEntries([...this.#body].map(([label, count]) => [label, [this.#test.get(label) ?? 0, count]]))
  }
}
