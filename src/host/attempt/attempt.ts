import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import type { Grant } from '../../lease/grant.js'
import type { BoundJob, HeldLease, HostLeases } from '../../lease/host-leases.js'
import { runStopped } from '../../lease/run-stopped.js'
import { commandsSent } from '../../lease/batch-commands.js'
import { completeModule, giveUpModule, failModule } from '../../queue/record-result.js'
import { fetchModule, type FetchedModule } from '../../queue/fetch-module.js'
import { requeueModule } from '../../queue/requeue.js'
import type { ModuleJob } from '../../queue/module-job.js'
import type { QueueClient } from '../../queue/queue-client.js'
import { finishOf, MOST_REASONS, type Finish, type AttemptOutcome } from './attempt-outcome.js'

/** One execution of one module, on the devices of its lease. */
export interface AttemptTask {
  grant: Grant
  module: ModuleJob
  /** 1 for the first; failures of infrastructure don't count. */
  attempt: number
  /** What infrastructure did to the module before, oldest first. */
  infrastructure: readonly string[]
}

export interface Execution {
  outcome: AttemptOutcome
  /** The host's own devices that are ready for the next module as they are; the others get checked. */
  clean: readonly string[]
}

export interface ModuleExecutor {
  /**
   * Executes a module on its devices. Must end soon after `signal` aborts; its result counts for nothing where the lease was lost.
   * A rejection counts as infrastructure.
   */
  execute(task: AttemptTask, signal: AbortSignal): Promise<Execution>
}

/** What is left to do when a task has ended: release, in this way. */
export interface TaskEnd {
  clean: readonly string[]
  /** The fetch found no job. */
  empty: boolean
  /** Rejects where the result could not be recorded; may be on its way still. */
  recorded: Promise<void>
}

/**
 * From grant to finished job. Order matters: promise dropped, job fetched, job bound to the lease, executed, finished; its caller
 * releases after that. Whatever fails on the way, the lease and the lock lapse together and the job goes to another lease.
 */
export class Attempt {
  /** Set while the module is executed. */
  task: AttemptTask | undefined
  readonly #controller = new AbortController()
  #jobId: string | undefined
  #lost: string | undefined
  #cancelled: string | undefined
  #deviceLost: string | undefined

  constructor(
    readonly grant: Grant,
    private readonly leases: HostLeases,
    private readonly queues: QueueClient,
    private readonly executor: ModuleExecutor,
  ) {}

  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** What the heartbeat renews. */
  get held(): HeldLease {
    const { lease, queue } = this.grant
    return this.#jobId === undefined ? { lease, queue } : { lease, queue, jobId: this.#jobId }
  }

  /** The lease is over: the module is stopped, and its result counts for nothing. */
  lose(reason: string): void {
    if (this.#lost !== undefined) return
    this.#lost = reason
    this.#abort(new BatonError('BATON_LEASE_LOST', `lease ${this.grant.lease} is lost: ${reason}`))
  }

  /** One of its devices has left: the module is stopped, and runs again elsewhere. */
  loseDevice(device: string, reason: string): void {
    this.#deviceLost ??= reason
    this.#abort(new BatonError('BATON_DEVICE_LOST', reason, { device }))
  }

  /** The run was cancelled: the module is stopped, and is not run. */
  cancel(reason: string): void {
    this.#cancelled ??= reason
    this.#abort(new Error(reason))
  }

  /** The host stops: the module is stopped, and given back. */
  interrupt(): void {
    this.#abort(new Error('the host is stopping'))
  }

  /** @throws where Redis fails: the lease is then left to lapse */
  async run(): Promise<TaskEnd> {
    const { devices, lead } = this.grant
    const untouched = Object.values(devices).flatMap(({ device, host }) => (host === lead ? device : []))
    const [fetched, bound] = await this.#fetch()
    if (!fetched) return { clean: untouched, empty: true, recorded: Promise.resolve() }
    if (!bound) {
      this.lose('it lapsed before its job was fetched')
      await this.#unlessLost(requeueModule(fetched))
      return { clean: [], empty: false, recorded: Promise.resolve() }
    }
    this.#jobId = bound.job
    if (!bound.open) this.#cancelled ??= runStopped
    const execution = await this.#executeUnlessHopeless(fetched, bound.reasons, untouched)
    const finish = this.#finishOf(execution.outcome)
    const recorded = this.#carryOut(fetched, finish)
    // Whoever awaits it is told; after the host's end nobody does.
    recorded.catch(() => {})
    // What puts the job back has to have done so when the release looks for jobs.
    if (finish?.action !== 'complete') await recorded
    return { clean: this.lost ? [] : execution.clean, empty: false, recorded }
  }

  /** In one trip to Redis: promise dropped, job fetched, job bound to the lease. */
  async #fetch(): Promise<[FetchedModule | undefined, BoundJob | undefined]> {
    const { lease, queue } = this.grant
    const [, fetched, bound] = await Promise.all([
      this.leases.startFetch(lease, queue),
      fetchModule(this.queues, queue, lease),
      commandsSent().then(() => this.leases.bindJob(lease)),
    ])
    const isEarly = fetched !== undefined && bound?.job === ''
    return [fetched, isEarly ? await this.leases.bindJob(lease, fetched.job.id) : bound]
  }

  async #executeUnlessHopeless(
    fetched: FetchedModule,
    reasons: readonly string[],
    untouched: readonly string[],
  ): Promise<Execution> {
    const { deferredFailure } = fetched
    if (deferredFailure !== undefined || reasons.length >= MOST_REASONS) {
      await this.#unlessLost(
        giveUpModule(fetched, 'lost', deferredFailure === undefined ? [...reasons] : [...reasons, deferredFailure]),
      )
      this.#jobId = undefined
      return { outcome: { verdict: 'interrupted' }, clean: untouched }
    }
    if (this.#controller.signal.aborted || this.#cancelled !== undefined) {
      return { outcome: { verdict: 'interrupted' }, clean: untouched }
    }
    this.task = { grant: this.grant, module: fetched.data, attempt: fetched.attempt, infrastructure: reasons }
    try {
      return await this.executor.execute(this.task, this.#controller.signal)
    } catch (error) {
      const reason = errorMessage(error)
      return { outcome: { verdict: 'infrastructure', reason }, clean: [] }
    } finally {
      this.task = undefined
    }
  }

  /** Undefined where the job is done with. */
  #finishOf(outcome: AttemptOutcome): Finish | undefined {
    if (this.#jobId === undefined) return undefined
    const deviceLost = outcome.verdict === 'interrupted' ? this.#deviceLost : undefined
    const ended: AttemptOutcome = deviceLost === undefined ? outcome : { verdict: 'infrastructure', reason: deviceLost }
    return finishOf(ended, this.#lost, this.#cancelled)
  }

  async #carryOut(fetched: FetchedModule, finish: Finish | undefined): Promise<void> {
    switch (finish?.action) {
      case undefined:
        return undefined
      case 'complete':
        return this.#unlessLost(completeModule(fetched, finish.verdict))
      case 'fail':
        return this.#unlessLost(failModule(fetched))
      case 'give-back':
        return this.#unlessLost(requeueModule(fetched))
      case 'abandon':
        return this.#unlessLost(giveUpModule(fetched, 'not-run', [finish.reason]))
      case 'refuse':
        if (!(await this.leases.refuseApp(this.grant.lease, finish.device, finish.reason))) {
          return this.#excuse(fetched, `${finish.device}: ${finish.reason}`)
        }
        return this.#unlessLost(requeueModule(fetched))
      case 'excuse':
        return this.#excuse(fetched, finish.reason)
    }
  }

  /** Where the lease is over, whoever ended it has recorded why and freed the job. */
  async #excuse(fetched: FetchedModule, reason: string): Promise<void> {
    const reasons = await this.leases.recordInfraFailure(this.grant.lease, fetched.job.id ?? '', reason)
    if (!reasons) return
    await this.#unlessLost(
      reasons.length >= MOST_REASONS ? giveUpModule(fetched, 'lost', reasons) : requeueModule(fetched),
    )
  }

  /** BullMQ refuses whoever lost the job's lock. That is as it should be: the result isn't ours to record. */
  async #unlessLost(finishing: Promise<void>): Promise<void> {
    try {
      await finishing
    } catch (error) {
      if (!isLockLost(error)) throw error
      this.lose('the lock of its job was lost')
    }
  }

  #abort(reason: Error): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(reason)
  }
}

/** BullMQ: -1 the job is gone, -2 its lock is, -3 it is no longer active, -6 the lock is another's. */
function isLockLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === -1 || code === -2 || code === -3 || code === -6
}
