import type { RunEvent } from '../event/run-event.js'
import type { WaitingModules } from '../lease/run-jobs.js'
import { limits } from '../lease/protocol/limits.js'
import { describeWait } from './describe-wait.js'
import type { FarmConnection } from './farm-connection.js'

export interface WaitReporterOptions {
  farm: Pick<FarmConnection, 'runs' | 'registry'>
  run: string
  queues: readonly string[]
  onEvent: (event: RunEvent) => void
  /** Aborted at the end of the run: nothing follows that. */
  signal: AbortSignal
  /** Milliseconds, for tests. */
  clock?: () => number
}

/** Milliseconds in which nothing has happened in the run before waits are reported. */
const quietEnoughMs = 4_000
/** Milliseconds between two checks while nothing happens. */
const checkIntervalMs = 10_000
/** Milliseconds until modules with the same needs are reported again: the first time, and at most. It doubles each time. */
const repeatMs = { first: 30_000, most: 300_000 }
/** Events of one check. */
const maxEvents = 3

/** Reports what the modules of a run wait for if nothing happens in it. A farm that is busy with the run is not asked. */
export class WaitReporter {
  readonly #clock: () => number
  readonly #repeats = new Map<string, { at: number; everyMs: number }>()
  #checkAt = 0

  constructor(private readonly options: WaitReporterOptions) {
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** @param quietMs - milliseconds in which nothing has happened in the run */
  async check(quietMs: number): Promise<void> {
    if (quietMs < quietEnoughMs || this.#clock() < this.#checkAt) return
    this.#checkAt = this.#clock() + checkIntervalMs
    const { queues, farm } = this.options
    let left = maxEvents
    for (let start = 0; start < queues.length && left > 0; start += limits.batch) {
      const { now, waiting } = await farm.runs.jobs.waiting(queues.slice(start, start + limits.batch))
      for (const modules of waiting.filter(({ queue }) => this.#isDue(queue)).slice(0, left)) {
        if (await this.#report(modules, now)) left -= 1
      }
    }
  }

  #isDue(queue: string): boolean {
    return this.#clock() >= (this.#repeats.get(queue)?.at ?? 0)
  }

  /** @returns false if each role has a free device, so that they start now */
  async #report({ queue, module, count }: WaitingModules, now: number): Promise<boolean> {
    const { farm, run, onEvent, signal } = this.options
    const needs = await farm.runs.needsOfQueue(queue)
    if (!needs) return false
    const roles = describeWait(await farm.registry.needState(needs, queue), { run, now })
    if (Object.keys(roles).length === 0 || signal.aborted) return false
    const everyMs = Math.min(repeatMs.most, (this.#repeats.get(queue)?.everyMs ?? repeatMs.first / 2) * 2)
    this.#repeats.set(queue, { at: this.#clock() + everyMs, everyMs })
    onEvent({ type: 'module:wait', module, more: count - 1, roles, at: Date.now() })
    return true
  }
}
