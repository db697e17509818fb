import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Redis } from 'ioredis'
import { defaults } from '../../device/defaults.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import type { Grant } from '../../lease/grant.js'
import { HostLeases, type DeviceToCheck, type HostDevice } from '../../lease/host-leases.js'
import { LeaseScripts } from '../../lease/lease-scripts.js'
import type { InboxMessage } from '../../lease/protocol/inbox-message.js'
import type { ScheduleReply } from '../../lease/protocol/replies.js'
import { runStopped } from '../../lease/run-stopped.js'
import { batchCommands } from '../../lease/batch-commands.js'
import { QueueClient } from '../../queue/queue-client.js'
import { AllocationChecks, type CheckVerdict } from './allocation-checks.js'
import { AllocationMaintenance } from './allocation-maintenance.js'
import { AllocationInbox } from './allocation-inbox.js'
import type { AllocationLoopOptions } from './allocation-options.js'
import { AllocationReleases } from './allocation-releases.js'
import { Attempt } from '../attempt/attempt.js'

/**
 * A host's part in the allocation: joins, takes the leases that the farm grants it, fetches their modules, executes them, finishes
 * and releases. Two connections: one waits for the inbox, one does everything else. Nothing polls: there are the inbox, one timer for
 * what lapses or becomes due, and the heartbeat.
 */
export class AllocationLoop {
  readonly #options: AllocationLoopOptions
  readonly #ttlMs: number
  readonly #checks = new AllocationChecks((asked, isSuperseded) => this.#check(asked, isSuperseded))
  readonly #releases = new AllocationReleases(
    () => this.#leases,
    reply => this.#handle(reply),
  )
  readonly #tasks = new Map<string, Attempt>()
  readonly #running = new Set<Promise<void>>()
  #redis!: Redis
  #inbox!: AllocationInbox
  #leases!: HostLeases
  #queues!: QueueClient
  #maintenance!: AllocationMaintenance
  readonly #devices: Map<string, HostDevice>
  #state: 'new' | 'joined' | 'draining' | 'left' = 'new'
  #starting: Promise<void> | undefined
  /** Among the farm's hosts, all its devices too. */
  #membership: 'none' | 'joining' | 'whole' = 'none'
  #wakeTimer: NodeJS.Timeout | undefined
  #heartbeatTimer: NodeJS.Timeout | undefined
  /** Fires where Redis hasn't confirmed the host for a whole TTL: by then its leases are over. */
  #deadline: NodeJS.Timeout | undefined

  constructor(options: AllocationLoopOptions) {
    this.#options = options
    this.#ttlMs = options.ttlMs ?? defaults.leaseTtlMs
    this.#devices = new Map(options.devices.map(device => [device.name, device]))
  }

  /**
   * Joins the farm; its devices are checked and then offered.
   * @throws BatonError BATON_DEVICE_TAKEN where another live host serves one of them
   */
  async start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { redis, prefix, host, audit } = this.#options
    this.#redis = redis()
    batchCommands(this.#redis)
    const blocking = redis()
    for (const connection of [this.#redis, blocking]) connection.on('error', error => this.#report(error))
    this.#inbox = new AllocationInbox(
      blocking,
      message => this.#receive(message),
      error => this.#report(error),
    )
    const scripts = new LeaseScripts(this.#redis, {
      ...(prefix === undefined ? {} : { prefix }),
      ...(audit === undefined ? {} : { audit }),
    })
    this.#leases = this.#newIncarnation(scripts)
    this.#queues = new QueueClient(this.#redis, {
      prefix: scripts.prefix,
      name: host,
      lockMs: this.#lockMs,
      stalledMs: Math.ceil(this.#ttlMs / 4),
    })
    this.#maintenance = new AllocationMaintenance(scripts, this.#queues)
    try {
      await this.#queues.ready()
      await this.#join(false)
    } catch (error) {
      await this.#leases.leave('gone').catch((failure: unknown) => this.#report(failure))
      this.#close()
      throw error
    }
    this.#inbox.open(this.#leases.inboxKey)
  }

  /**
   * Brings one more device into the farm, or one whose labels have changed; it is checked and then offered. Before the
   * start it is only remembered; while the host joins, it waits until the host has.
   * @throws BatonError BATON_DEVICE_TAKEN if another live host serves it
   */
  async registerDevice(device: HostDevice): Promise<void> {
    if (!this.#starting) return void this.#devices.set(device.name, device)
    // `start` itself rejects if the host cannot join.
    await this.#starting.catch(() => {})
    if (this.#state !== 'joined') return
    const checking = await this.#leases.registerDevices([device])
    // where the farm had given this host up, it joins anew with all its devices
    this.#devices.set(device.name, device)
    for (const asked of checking ?? []) this.#checks.request(asked)
    await this.#heartbeat()
  }

  /** Whether the farm has it with the labels that it has now. */
  isRegistered({ name, labels }: HostDevice): boolean {
    return this.#devices.get(name)?.labels.join() === labels.join()
  }

  /** Says that a device was unplugged, came back or is given up; `checking` leads to a check. */
  async setDeviceState(device: string, state: 'checking' | 'offline' | 'quarantined', reason: string): Promise<void> {
    // Joining leads to a check of every device.
    if (this.#state === 'new') return
    const reply = await this.#leases.setDeviceState(device, state, reason)
    if (reply.lease !== undefined) this.#checks.request({ device, lease: reply.lease, reason })
    this.#handle(reply)
  }

  /**
   * Leaves the farm. Its devices are no longer offered at once.
   * @param running - `abort`: modules in execution are stopped and given back; `await`: they may end first
   */
  async stop(running: 'abort' | 'await' = 'abort'): Promise<void> {
    if (this.#state !== 'joined') return
    this.#state = 'draining'
    clearTimeout(this.#wakeTimer)
    const over = new AbortController()
    const orderly = await Promise.race([
      this.#leave(running).then(() => true),
      this.#disconnected(over.signal).then(() => false),
    ])
    over.abort()
    for (const task of this.#tasks.values()) task.abort({ type: 'host-stopping' })
    this.#close()
    // Without a Redis there is nobody to take leave of, and what was asked of it is never answered.
    if (orderly) await this.#inbox.closed()
  }

  async #leave(running: 'abort' | 'await'): Promise<void> {
    await this.#leases.leave('drain').catch((error: unknown) => this.#report(error))
    if (running === 'abort') for (const task of this.#tasks.values()) task.abort({ type: 'host-stopping' })
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    await this.#checks.settled()
    await this.#leases.leave('gone').catch((error: unknown) => this.#report(error))
  }

  async #disconnected(signal: AbortSignal): Promise<void> {
    if (this.#redis.status !== 'ready') return
    await once(this.#redis, 'close', { signal }).catch(() => {})
  }

  get #lockMs(): number {
    // Longer than the lease, so that a lock never lapses under a lease that is held.
    return Math.ceil(this.#ttlMs * 1.5)
  }

  #newIncarnation(scripts: LeaseScripts): HostLeases {
    const { host, gatewayUrl, farmSecret, location } = this.#options
    return new HostLeases(scripts, {
      name: host,
      incarnation: randomUUID(),
      gatewayUrl,
      ttlMs: this.#ttlMs,
      secret: farmSecret,
      ...location,
    })
  }

  async #join(stale: boolean): Promise<void> {
    this.#membership = 'joining'
    const checking = await this.#joinWithDevices(stale).catch((error: unknown) => {
      this.#membership = 'none'
      throw error
    })
    if (!checking) return this.#leaveReplaced()
    this.#membership = 'whole'
    for (const device of checking) this.#checks.request(device)
    // Not a pump alone: what a predecessor of this name left half done has to be found now, not with the next heartbeat. Where
    // this one fails, because its connection was lost or given up as too slow, the host has joined all the same.
    return this.#heartbeat().catch((error: unknown) => this.#report(error))
  }

  /** @returns undefined where a successor serves under this name */
  async #joinWithDevices(stale: boolean): Promise<DeviceToCheck[] | undefined> {
    for (;;) {
      const devices = [...this.#devices.values()]
      const asked = performance.now()
      if ((await this.#leases.join(devices, stale)) === 'replaced') return undefined
      const checking = await this.#leases.registerDevices(devices)
      if (!checking) {
        this.#leases = this.#newIncarnation(this.#leases.scripts)
        continue
      }
      if (this.#state === 'new') this.#state = 'joined'
      this.#confirmed(asked)
      this.#armHeartbeat()
      return checking
    }
  }

  #leaveReplaced(): void {
    this.#state = 'left'
    this.#close()
    this.#options.onReplaced()
  }

  #close(): void {
    this.#state = 'left'
    clearTimeout(this.#wakeTimer)
    clearTimeout(this.#heartbeatTimer)
    clearTimeout(this.#deadline)
    this.#inbox.close()
    this.#redis.disconnect()
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
    this.#handle(await this.#leases.schedule(queues))
  }

  #take(grant: Grant): void {
    const task = new Attempt(grant, this.#leases, this.#queues, this.#options.runAttempt)
    this.#tasks.set(grant.lease, task)
    this.#track(this.#serve(task))
  }

  async #serve(task: Attempt): Promise<void> {
    const { grant } = task
    try {
      if (this.#state === 'draining') task.abort({ type: 'host-stopping' })
      const { ended, recorded } = await task.run()
      this.#tasks.delete(grant.lease)
      if (this.#state === 'left') return
      const { lease, queue } = grant
      const [{ held, closed }] = await Promise.all([this.#releases.release({ lease, queue, ...ended }), recorded])
      if (held) this.#checkUnclean(grant, ended.clean)
      if (closed) await this.#maintenance.dropIfClosed(grant.queue)
    } finally {
      this.#tasks.delete(grant.lease)
    }
  }

  /** Nobody tells a host about its own devices after its own release. */
  #checkUnclean(grant: Grant, clean: readonly string[]): void {
    for (const { device, host } of Object.values(grant.devices)) {
      if (host === this.#options.host && !clean.includes(device)) {
        this.#checks.request({ device, lease: grant.lease, reason: 'being made ready for the next module' })
      }
    }
  }

  async #check(asked: DeviceToCheck, isSuperseded: () => boolean): Promise<void> {
    let verdict: CheckVerdict
    try {
      verdict = await this.#options.check(asked)
    } catch (error) {
      verdict = { state: 'offline', reason: errorMessage(error) }
    }
    if (this.#state === 'left' || isSuperseded()) return
    try {
      if (verdict.state === 'idle') return this.#handle(await this.#leases.offerDevice(asked.device, asked.lease))
      this.#handle(await this.#leases.setDeviceState(asked.device, verdict.state, verdict.reason))
      // The heartbeat ends what nobody can serve any more: at once, where there is news.
      await this.#heartbeat()
    } catch (error) {
      this.#report(error)
    }
  }

  #receive(message: InboxMessage): void {
    switch (message.type) {
      case 'grant':
        return this.#take(message)
      case 'check':
        return this.#checks.request(message)
      case 'lost':
        return this.#tasks.get(message.lease)?.abort({ type: 'lease-lost', reason: message.reason })
      case 'gone':
        return this.#tasks
          .get(message.lease)
          ?.abort({ type: 'device-lost', device: message.device, reason: message.reason })
      case 'cancel':
        return this.#tasks.get(message.lease)?.abort({ type: 'cancelled', reason: message.reason })
      case 'stalled':
        for (const queue of message.queues) this.#track(this.#requeueStalled(queue))
        return undefined
      case 'lapsed':
        return this.#track(this.#maintenance.cleanUpRun(message.run))
    }
  }

  #armHeartbeat(): void {
    clearTimeout(this.#heartbeatTimer)
    if (this.#state === 'left') return
    this.#heartbeatTimer = setTimeout(() => {
      this.#track(this.#heartbeat().finally(() => this.#armHeartbeat()))
    }, this.#ttlMs / 3)
  }

  async #heartbeat(): Promise<void> {
    const asked = performance.now()
    const leases = this.#leases
    const held = [...this.#tasks.values()].flatMap(task => (task.lost ? [] : task.held))
    const reply = await leases.heartbeat(held, this.#lockMs)
    if (this.#left()) return
    if (!reply.alive) return this.#rejoin(leases)
    if (this.#membership === 'none' && this.#state === 'joined') return this.#join(true)
    this.#confirmed(asked)
    for (const lease of reply.lost)
      this.#tasks.get(lease)?.abort({ type: 'lease-lost', reason: 'it was not renewed in time' })
    for (const lease of reply.closed) this.#tasks.get(lease)?.abort({ type: 'cancelled', reason: runStopped })
    for (const device of reply.checking) this.#checks.request(device)
    for (const queue of reply.busy) this.#track(this.#requeueStalled(queue))
    for (const need of reply.unsatisfiable)
      if (need.overdue) this.#track(this.#maintenance.failUnsatisfiable(need.queue))
    this.#handle(reply)
  }

  /** Several heartbeats may be told so at a time: one joins anew, as the next would take that for a successor. */
  async #rejoin(givenUp: HostLeases): Promise<void> {
    if (this.#membership === 'joining' || this.#leases !== givenUp) return
    this.#loseAll('the farm had given up this host')
    if (this.#state !== 'joined') return this.#close()
    this.#leases = this.#newIncarnation(this.#leases.scripts)
    await this.#join(true)
  }

  /** Redis has confirmed the host: its leases last at least a TTL from when it was asked. */
  #confirmed(asked: number): void {
    this.#armDeadline(Math.max(0, asked + this.#ttlMs - performance.now()))
  }

  #armDeadline(ms: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#unconfirmed(), ms)
  }

  #unconfirmed(): void {
    this.#loseAll('Redis has not confirmed them in time')
    // The connections may be dead without an error: new ones show it. They may be dead as well, so the deadline starts again.
    this.#armDeadline(this.#ttlMs)
    this.#redis.disconnect(true)
    this.#inbox.reconnect()
  }

  #loseAll(reason: string): void {
    for (const task of this.#tasks.values()) task.abort({ type: 'lease-lost', reason })
  }

  async #requeueStalled(queue: string): Promise<void> {
    if (await this.#maintenance.requeueStalled(queue)) await this.#schedule([queue])
  }

  #left(): boolean {
    return this.#state === 'left'
  }

  #track(task: Promise<void>): void {
    const tracked = task.catch((error: unknown) => this.#report(error)).finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  #report(error: unknown): void {
    if (this.#state === 'left') return
    this.#options.onError(
      error instanceof BatonError ? error : new BatonError('BATON_REDIS', String(error), { cause: error }),
    )
  }
}
