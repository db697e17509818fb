import type { AttemptOptions } from '../../host/attempt/attempt-options.js'

/** What a job needs: servers of its own, because the reset of one job would disturb another that runs at the same time. */
export interface Surroundings {
  execution: AttemptOptions
  /** Server → what resets it: a path, or a URL. */
  resets: Record<string, string>
}

export interface JobSurroundings extends Surroundings {
  /** Numbers the jobs that run at the same time, from 1. */
  worker: number
}

/** Surroundings that are used by one job after another. */
export class SurroundingsPool {
  readonly #free: JobSurroundings[]
  #workers = 1

  /**
   * @param first - with the servers of the run
   * @param another - starts more servers
   */
  constructor(
    first: Surroundings,
    private readonly another: () => Promise<Surroundings>,
  ) {
    this.#free = [{ ...first, worker: this.#workers }]
  }

  /** @throws what `another` throws */
  async take(count: number): Promise<JobSurroundings[]> {
    const free = this.#free.splice(0, count)
    return [...free, ...(await Promise.all(Array.from({ length: count - free.length }, () => this.#add())))]
  }

  /** The lowest numbers are used first. */
  giveBack(used: readonly JobSurroundings[]): void {
    this.#free.push(...used)
    this.#free.sort((one, other) => one.worker - other.worker)
  }

  async #add(): Promise<JobSurroundings> {
    this.#workers += 1
    const worker = this.#workers
    return { ...(await this.another()), worker }
  }
}
