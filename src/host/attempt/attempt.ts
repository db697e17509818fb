import { errorRecordOf } from '../../event/error-record.js'
import { publishActivity } from '../../event/host-activity.js'
import { commandsSent } from '../../lease/batch-commands.js'
import type { Grant } from '../../lease/grant.js'
import type { BoundJob, EndedLease, HeldLease, HostLeases } from '../../lease/host-leases.js'
import { limits } from '../../lease/protocol/limits.js'
import { runStopped } from '../../lease/protocol/states.js'
import { fetchModule, type FetchedModule } from '../../queue/fetch-module.js'
import type { ModuleJob } from '../../queue/module-job.js'
import type { QueueClient } from '../../queue/queue-client.js'
import { completeModule, failModule, giveUpModule } from '../../queue/record-result.js'
import { requeueModule } from '../../queue/requeue.js'
import { AttemptAborted, strongerAbort, type AttemptAbort } from './attempt-abort.js'
import { applyAbort, infrastructure, type AttemptOutcome } from './judge-attempt.js'

/** After this many infrastructure failures, a module is lost. */
export const MAX_INFRA_FAILURES = 3

/** What one attempt has to do: run one module on the devices of its lease. */
export interface AttemptTask {
  grant: Grant
  module: ModuleJob
  /** 1 for the first; failures of infrastructure don't count. */
  attempt: number
  /** Earlier infrastructure failures of this module, oldest first. */
  infraFailures: readonly string[]
}

/**
 * Runs a module on its devices. Must end soon after `signal` aborts; if the lease was lost, the outcome doesn't count.
 * A rejection counts as infrastructure.
 */
export type RunAttempt = (task: AttemptTask, signal: AbortSignal) => Promise<AttemptOutcome>

/** An attempt that is over, but for the release of its lease. */
export interface EndedAttempt {
  ended: Omit<EndedLease, 'lease' | 'queue'>
  /** Rejects if the result could not be recorded. It may still be on its way. */
  recorded: Promise<void>
}

/**
 * One attempt, from grant to recorded result. Order matters: promise dropped, job fetched, job bound to the lease, module run,
 * result recorded; the caller releases the lease after that. If a step fails, the lease and the job's lock lapse together and
 * the job goes to another lease.
 */
export class Attempt {
  /** Set while the module runs. */
  task: AttemptTask | undefined
  readonly #controller = new AbortController()
  #jobId: string | undefined
  #abort: AttemptAbort | undefined

  constructor(
    readonly grant: Grant,
    private readonly leases: HostLeases,
    private readonly queues: QueueClient,
    private readonly runAttempt: RunAttempt,
  ) {}

  get lost(): boolean {
    return this.#abort?.type === 'lease-lost'
  }

  /** What the heartbeat renews. */
  get held(): HeldLease {
    const { lease, queue } = this.grant
    return this.#jobId === undefined ? { lease, queue } : { lease, queue, jobId: this.#jobId }
  }

  /** Stops the module. If several things stop it, the one that decides more counts. */
  abort(abort: AttemptAbort): void {
    this.#abort = strongerAbort(this.#abort, abort)
    if (!this.#controller.signal.aborted) this.#controller.abort(new AttemptAborted(abort))
  }

  /** @throws if Redis fails: the lease is then left to lapse */
  async run(): Promise<EndedAttempt> {
    const { devices, lead } = this.grant
    const untouched = Object.values(devices).flatMap(({ device, host }) => (host === lead ? device : []))
    const [fetched, bound] = await this.#fetch()
    if (!fetched) return { ended: { clean: untouched, empty: true }, recorded: Promise.resolve() }
    if (!bound) {
      this.abort({ type: 'lease-lost', reason: 'it lapsed before its job was fetched' })
      await this.#unlessLost(requeueModule(fetched))
      return { ended: { clean: [], empty: false }, recorded: Promise.resolve() }
    }
    if (fetched.deferredFailure !== undefined || bound.reasons.length >= MAX_INFRA_FAILURES) {
      const reasons = [...bound.reasons, ...(fetched.deferredFailure === undefined ? [] : [fetched.deferredFailure])]
      await this.#unlessLost(giveUpModule(fetched, 'lost', reasons))
      return { ended: { clean: this.lost ? [] : untouched, empty: false }, recorded: Promise.resolve() }
    }
    this.#jobId = bound.job
    this.#publishAllocation(fetched)
    if (!bound.open) this.#abort = strongerAbort(this.#abort, { type: 'cancelled', reason: runStopped })
    const outcome = applyAbort(await this.#runUnlessAborted(fetched, bound.reasons, untouched), this.#abort)
    const recorded = this.#record(fetched, outcome)
    // The caller that awaits it gets the error. Once the host has stopped, nobody awaits it.
    recorded.catch(() => {})
    // The release looks for jobs that wait, so a job that is requeued has to be back in its queue before.
    if (outcome.verdict !== 'passed' && outcome.verdict !== 'skipped') await recorded
    const clean = this.lost ? [] : (outcome.reusable ?? [])
    return { ended: { clean, empty: false, outcome: outcome.verdict, ...reasonOf(outcome) }, recorded }
  }

  /** An earlier attempt says nothing of when the module could have started. */
  #publishAllocation({ job, attempt }: FetchedModule): void {
    if (attempt > 1) return
    const readyAt = Math.max(job.timestamp, this.grant.freedAt / 1_000)
    const roles = Object.keys(this.grant.devices).length
    // The clocks of host and Redis may differ.
    publishActivity('allocated', { roles, seconds: Math.max(0, Date.now() - readyAt) / 1_000 })
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

  async #runUnlessAborted(
    fetched: FetchedModule,
    infraFailures: readonly string[],
    untouched: readonly string[],
  ): Promise<AttemptOutcome> {
    if (this.#abort) return { verdict: 'interrupted', reusable: untouched }
    this.task = { grant: this.grant, module: fetched.data, attempt: fetched.attempt, infraFailures }
    try {
      return await this.runAttempt(this.task, this.#controller.signal)
    } catch (error) {
      const record = errorRecordOf(error)
      return infrastructure(record.message, record)
    } finally {
      this.task = undefined
    }
  }

  async #record(fetched: FetchedModule, outcome: AttemptOutcome): Promise<void> {
    switch (outcome.verdict) {
      case 'passed':
      case 'skipped':
        return this.#unlessLost(completeModule(fetched, outcome.verdict))
      case 'failed':
        return this.#unlessLost(failModule(fetched))
      case 'interrupted':
        return this.#unlessLost(
          outcome.cancelled === undefined
            ? requeueModule(fetched)
            : giveUpModule(fetched, 'not-run', [outcome.cancelled]),
        )
      case 'infrastructure':
        if (outcome.refusedBy === undefined) return this.#recordInfraFailure(fetched, outcome.reason)
        // The device no longer serves modules of the run with that app, so each device can refuse it only once.
        if (await this.leases.refuseApp(this.grant.lease, outcome.refusedBy, outcome.reason)) {
          return this.#unlessLost(requeueModule(fetched))
        }
        return this.#recordInfraFailure(fetched, `${outcome.refusedBy}: ${outcome.reason}`)
    }
  }

  /** Requeues the module, or gives it up if that was one failure too many. */
  async #recordInfraFailure(fetched: FetchedModule, reason: string): Promise<void> {
    const reasons = await this.leases.recordInfraFailure(this.grant.lease, fetched.job.id ?? '', reason)
    // If the lease is over, the script that ended it has recorded why and freed the job.
    if (!reasons) return
    await this.#unlessLost(
      reasons.length >= MAX_INFRA_FAILURES ? giveUpModule(fetched, 'lost', reasons) : requeueModule(fetched),
    )
  }

  /** Ignores BullMQ's refusal if the job's lock is lost: the result is no longer ours to record. */
  async #unlessLost(recording: Promise<void>): Promise<void> {
    try {
      await recording
    } catch (error) {
      if (!isLockLost(error)) throw error
      this.abort({ type: 'lease-lost', reason: 'the lock of its job was lost' })
    }
  }
}

/** Why an attempt has no result, as the farm remembers it. */
function reasonOf(outcome: AttemptOutcome): { reason?: string } {
  const text = 'reason' in outcome ? outcome.reason : 'cancelled' in outcome ? outcome.cancelled : undefined
  if (text === undefined) return {}
  // Half a character is replaced: the scripts' JSON parser rejects it.
  return { reason: Buffer.from(text.slice(0, limits.reasonLength)).toString() }
}

/** BullMQ: -1 the job is gone, -2 its lock is, -3 it is no longer active, -6 the lock is another's. */
function isLockLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === -1 || code === -2 || code === -3 || code === -6
}
