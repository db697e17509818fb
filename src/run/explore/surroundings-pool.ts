import type { AttemptOptions } from '../../host/attempt/attempt-options.js'

/** What jobs need that run at the same time: each has servers of its own, because the reset of one disturbs the others. */
export interface JobSurroundings {
  execution: AttemptOptions
  /** Server → what resets it: a path, or a URL. */
  resets: Record<string, string>
}

/** Surroundings that are used by one job after another. */
export class SurroundingsPool {
  readonly #free: JobSurroundings[]

  /**
   * @param first - with the servers of the run
   * @param another - starts more servers
   */
  constructor(
    first: JobSurroundings,
    private readonly another: () => Promise<JobSurroundings>,
  ) {
    this.#free = [first]
  }

  /** @throws what `another` throws */
  async take(count: number): Promise<JobSurroundings[]> {
    const free = this.#free.splice(0, count)
    return [...free, ...(await Promise.all(Array.from({ length: count - free.length }, () => this.another())))]
  }

  giveBack(used: readonly JobSurroundings[]): void {
    this.#free.push(...used)
  }
}
