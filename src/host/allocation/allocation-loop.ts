import type { Redis } from 'ioredis'
import { closeRedis } from '../../queue/close-redis.js'
import { defaults } from '../../device/defaults.js'
import { BatonError, redisError } from '../../error/baton-error.js'
import type { Grant } from '../../lease/grant.js'
import { LeaseScripts } from '../../lease/lease-scripts.js'
import type { InboxMessage } from '../../lease/protocol/inbox-message.js'
import type { HeartbeatReply, ScheduleReply } from '../../lease/protocol/replies.js'
import { runStopped } from '../../lease/protocol/states.js'
import { unlessAborted } from '../../process/deadline.js'
import { batchCommands } from '../../lease/batch-commands.js'
import { disconnected } from '../../lease/open-redis.js'
import { QueueClient } from '../../queue/queue-client.js'
import { AllocatedDevices, type HostState } from './allocated-devices.js'
import { AllocationMaintenance } from './allocation-maintenance.js'
import { AllocationInbox } from './allocation-inbox.js'
import type { AllocationLoopOptions } from './allocation-options.js'
import { AllocationReleases } from './allocation-releases.js'
import { HostMembership } from './host-membership.js'
import { RunningAttempts } from './running-attempts.js'
import { Attempt } from '../attempt/attempt.js'

/**
 * A host's part in the allocation: takes the leases that the farm grants it, runs their modules, and releases them. It
 * never polls: it reacts to its inbox, to one timer for what lapses or becomes due, and to the heartbeat. One connection
 * waits for the inbox, another one does everything else.
 */
export class AllocationLoop {
  readonly #options: AllocationLoopOptions
  readonly #ttlMs: number
  readonly #releases = new AllocationReleases(
    () => this.#membership.leases,
    reply => this.#handle(reply),
  )
  readonly #attempts = new RunningAttempts()
  readonly #running = new Set<Promise<void>>()
  #redis!: Redis
  #inbox!: AllocationInbox
  #membership!: HostMembership
  #queues!: QueueClient
  #maintenance!: AllocationMaintenance
  /** What the host brings into the farm. */
  readonly devices: AllocatedDevices
  #state: HostState = 'new'
  #starting: Promise<void> | undefined
  #wakeTimer: NodeJS.Timeout | undefined
  /** Aborted when it no longer waits for modules to end. */
  readonly #stopping = new AbortController()
  /** Another host's module no longer uses a device of this host, which is draining. */
  #onReturned = (): void => {}

  constructor(options: AllocationLoopOptions) {
    this.#options = options
    this.#ttlMs = options.ttlMs ?? defaults.leaseTtlMs
    this.devices = new AllocatedDevices(options.devices, asked => options.check(asked), {
      membership: () => this.#membership,
      state: () => this.#state,
      starting: () => this.#starting,
      handle: reply => this.#handle(reply),
      report: error => this.#report(error),
    })
  }

  /**
   * Joins the farm; its devices are checked and then offered.
   * @throws BatonError BATON_DEVICE_TAKEN if another live host serves one of them
   * @throws BatonError BATON_PROTOCOL_MISMATCH if another version of Baton uses the farm
   */
  async start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { redis, host } = this.#options
    this.#redis = redis()
    batchCommands(this.#redis)
    const blocking = redis()
    const report = (error: unknown): void => this.#report(error)
    this.#inbox = new AllocationInbox(blocking, message => this.#receive(message), report)
    const scripts = new LeaseScripts(this.#redis, this.#options)
    this.#membership = this.#newMembership(scripts)
    this.#queues = new QueueClient(this.#redis, {
      prefix: scripts.prefix,
      name: host,
      stalledMs: Math.ceil(this.#ttlMs / 4),
    })
    this.#maintenance = new AllocationMaintenance(scripts, this.#queues)
    try {
      await this.#queues.ready()
      await this.#membership.join(false)
    } catch (error) {
      await this.#membership.leases.leave('gone').catch((failure: unknown) => this.#report(failure))
      this.#close()
      throw error
    }
    this.#inbox.open(this.#membership.leases.inboxKey)
  }

  /** Whether it is a host of the farm and takes modules. */
  get isServing(): boolean {
    return this.#state === 'joined'
  }

  /** Modules that it runs now. */
  get inFlight(): number {
    return this.#attempts.size
  }

  /**
   * Takes no new modules; those in flight may end, its own and those of other hosts on its devices.
   * @returns when they have ended, or earlier if `stop` is called or the farm gives the host up
   */
  async drain(): Promise<void> {
    if (this.#state !== 'joined') return
    this.#state = 'draining'
    clearTimeout(this.#wakeTimer)
    await unlessAborted(this.#finishModules(), this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#report(error)
    })
  }

  /**
   * Leaves the farm. Its devices are no longer offered at once.
   * @param running - `abort`: attempts are stopped and their modules requeued; `await`: they may end first
   */
  async stop(running: 'abort' | 'await' = 'abort'): Promise<void> {
    if (running === 'await') await this.drain()
    if (this.#state !== 'joined' && this.#state !== 'draining') return
    this.#state = 'draining'
    this.#stopping.abort()
    clearTimeout(this.#wakeTimer)
    const over = new AbortController()
    const orderly = await Promise.race([
      this.#leave().then(() => true),
      disconnected(this.#redis, over.signal).then(() => false),
    ])
    over.abort()
    this.#attempts.abortAll({ type: 'host-stopping' })
    this.#close()
    // Without Redis there is nothing to leave, and what was sent to it is never answered.
    if (orderly) await this.#inbox.closed()
  }

  async #finishModules(): Promise<void> {
    for (;;) {
      const returned = new Promise<void>(resolve => (this.#onReturned = resolve))
      const lent = await this.#membership.leases.leave('drain')
      while (this.#running.size > 0) await Promise.allSettled(this.#running)
      if (lent === 0) return
      await returned
    }
  }

  async #leave(): Promise<void> {
    await this.#membership.leases.leave('drain').catch((error: unknown) => this.#report(error))
    this.#attempts.abortAll({ type: 'host-stopping' })
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    await this.devices.checked()
    await this.#membership.leases.leave('gone').catch((error: unknown) => this.#report(error))
  }

  #newMembership(scripts: LeaseScripts): HostMembership {
    const options = {
      ...this.#options,
      ttlMs: this.#ttlMs,
      devices: this.devices.byName,
      held: () => this.#attempts.held(),
      isStopping: () => this.#state !== 'joined',
    }
    return new HostMembership(scripts, options, {
      joined: () => {
        if (this.#state === 'new') this.#state = 'joined'
      },
      check: device => this.devices.requestCheck(device),
      alive: reply => this.#handleHeartbeat(reply),
      lost: reason => {
        this.#options.confirmation?.end()
        this.#options.onLeasesLost?.()
        this.#attempts.abortAll({ type: 'lease-lost', reason })
        // No module is left that it could wait for.
        if (this.#state === 'draining') this.#stopping.abort()
      },
      reconnect: () => {
        this.#redis.disconnect(true)
        this.#inbox.reconnect()
      },
      replaced: () => {
        this.#close()
        this.#options.onReplaced()
      },
      over: () => this.#close(),
      report: error => this.#report(error),
      track: work => this.#track(work),
    })
  }

  #close(): void {
    this.#state = 'left'
    this.#stopping.abort()
    clearTimeout(this.#wakeTimer)
    this.#membership.close()
    this.#inbox.close()
    closeRedis(this.#redis)
  }

  /** Acts on what a script replied: takes grants, arms the one timer. */
  #handle(reply: ScheduleReply): void {
    if (this.#state === 'left') return
    for (const grant of reply.grants) this.#take(grant)
    for (const queue of reply.stalled) this.#track(this.#requeueStalled(queue))
    for (const run of reply.lapsed) this.#track(this.#maintenance.cleanUpRun(run))
    clearTimeout(this.#wakeTimer)
    if (this.#state !== 'joined') return
    // Every host arms this timer for the same moment: a little apart, the first one does the work.
    const wakeMs = reply.more ? 0 : reply.wakeMs + 1 + Math.random() * 5
    this.#wakeTimer = setTimeout(() => this.#track(this.#schedule()), wakeMs)
  }

  async #schedule(queues: readonly string[] = []): Promise<void> {
    this.#handle(await this.#membership.leases.schedule(queues))
  }

  #take(grant: Grant): void {
    const attempt = new Attempt(grant, this.#membership.leases, this.#queues, this.#options.runAttempt)
    this.#attempts.add(attempt)
    this.#track(this.#serve(attempt))
  }

  async #serve(attempt: Attempt): Promise<void> {
    const { grant } = attempt
    try {
      if (this.#state === 'draining') attempt.abort({ type: 'host-stopping' })
      const { ended, recorded } = await attempt.run()
      this.#attempts.delete(attempt)
      if (this.#state === 'left') return
      const { lease, queue } = grant
      const [{ held, closed }] = await Promise.all([this.#releases.release({ lease, queue, ...ended }), recorded])
      if (held) this.devices.checkReleased(grant, ended.clean)
      if (closed) await this.#maintenance.dropIfClosed(grant.queue)
    } finally {
      this.#attempts.delete(attempt)
    }
  }

  #receive(message: InboxMessage): void {
    switch (message.type) {
      case 'grant':
        return this.#take(message)
      case 'check':
        return this.devices.requestCheck(message)
      case 'lost':
        return this.#attempts.abort(message.lease, { type: 'lease-lost', reason: message.reason })
      case 'gone':
        return this.#attempts.abort(message.lease, { ...message, type: 'device-lost' })
      case 'cancel':
        return this.#attempts.abort(message.lease, { type: 'cancelled', reason: message.reason })
      case 'returned':
        return this.#onReturned()
      case 'drain':
        return this.#options.onDrain?.()
      case 'stalled':
        for (const queue of message.queues) this.#track(this.#requeueStalled(queue))
        return undefined
      case 'lapsed':
        return this.#track(this.#maintenance.cleanUpRun(message.run))
    }
  }

  #handleHeartbeat(reply: HeartbeatReply): void {
    const lost = { type: 'lease-lost', reason: 'it was not renewed in time' } as const
    for (const lease of reply.lost) this.#attempts.abort(lease, lost)
    for (const lease of reply.closed) this.#attempts.abort(lease, { type: 'cancelled', reason: runStopped })
    for (const device of reply.checking) this.devices.requestCheck(device)
    for (const queue of reply.busy) this.#track(this.#requeueStalled(queue))
    for (const { queue, overdue } of reply.unsatisfiable) {
      if (overdue) this.#track(this.#maintenance.failUnsatisfiable(queue))
    }
    this.#handle(reply)
  }

  async #requeueStalled(queue: string): Promise<void> {
    if (await this.#maintenance.requeueStalled(queue)) await this.#schedule([queue])
  }

  #track(task: Promise<void>): void {
    const tracked = task.catch((error: unknown) => this.#report(error)).finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  #report(error: unknown): void {
    if (this.#state === 'left') return
    const known = redisError(error)
    this.#options.onError(
      known instanceof BatonError ? known : new BatonError('BATON_REDIS', String(error), { cause: error }),
    )
  }
}
