import { explainWait } from '../../lease/explain-wait.js'
import { cleanUpRun } from '../../lease/forget-run.js'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { Registry } from '../../lease/registry.js'
import { RunLeases } from '../../lease/run-leases.js'
import { runStopped } from '../../lease/protocol/states.js'
import { requeueStalled } from '../../queue/requeue.js'
import type { QueueClient } from '../../queue/queue-client.js'

/** What any host does for the whole farm when a script asks for it. Each is safe to repeat, also by several hosts at once. */
export class AllocationMaintenance {
  readonly #runs: RunLeases
  readonly #registry: Registry

  constructor(
    scripts: LeaseScripts,
    private readonly queues: QueueClient,
  ) {
    this.#runs = new RunLeases(scripts)
    this.#registry = new Registry(scripts)
  }

  /**
   * Requeues jobs whose lease or host is gone.
   * @returns whether some wait again
   */
  async requeueStalled(queue: string): Promise<boolean> {
    if ((await requeueStalled(this.queues, queue)) === 0) return false
    await this.dropIfClosed(queue)
    return true
  }

  /** Modules that are requeued after their run was stopped are not run. */
  async dropIfClosed(queue: string): Promise<void> {
    await this.#runs.dropWaiting(queue, 'not-run', runStopped, 'closed')
  }

  async cleanUpRun(run: string): Promise<void> {
    await cleanUpRun(this.#runs, run, 'the process that started the run has vanished')
  }

  /** Modules that have waited long enough for missing devices are lost, with the reason. */
  async failUnsatisfiable(queue: string): Promise<void> {
    const needs = await this.#runs.needsOfQueue(queue)
    if (!needs) return
    await this.#runs.dropWaiting(queue, 'lost', explainWait(needs, await this.#registry.needState(needs, queue)))
  }
}
