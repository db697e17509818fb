import type { AttemptOptions } from '../attempt/attempt-options.js'
import { WorkerPool } from './worker-pool.js'

/** Where debuggers of Node connect by default. */
const inspectPort = 9229

/** The host's workers, and the one under the debugger once a run needs it. */
export class WorkerPools {
  #pool: WorkerPool | undefined
  #inspected: WorkerPool | undefined

  /** @param maxModules - how many modules can run at the same time */
  constructor(private readonly maxModules: () => number) {}

  /** Starts the workers that wait for modules; else the first module starts them. */
  warmUp(): WorkerPool {
    this.#pool ??= new WorkerPool({ maxModules: this.maxModules })
    return this.#pool
  }

  poolFor({ inspect }: AttemptOptions): WorkerPool {
    if (!inspect) return this.warmUp()
    this.#inspected ??= new WorkerPool({ spare: 0, inspectPort })
    return this.#inspected
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool?.close(), this.#inspected?.close()])
  }
}
